-- What who pauses a plan lives on meanwhile.
ALTER TABLE plan_catalog ADD COLUMN while_paused text NOT NULL DEFAULT 'default_plan';
