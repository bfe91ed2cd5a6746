-- What a plan costs in further currencies, in minor units.
ALTER TABLE plan_catalog ADD COLUMN prices jsonb NOT NULL DEFAULT '{}';
