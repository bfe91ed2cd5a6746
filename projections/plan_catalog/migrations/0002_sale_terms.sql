-- How a plan is sold beside its price.
ALTER TABLE plan_catalog
    ADD COLUMN per_unit            jsonb,
    ADD COLUMN trial_days          int,
    ADD COLUMN trial_requires_card boolean NOT NULL DEFAULT true;
