-- Shown without a price.
ALTER TABLE plan_catalog ADD COLUMN contact_us boolean NOT NULL DEFAULT false;
