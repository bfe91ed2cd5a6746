-- Add-ons that grant credits.
ALTER TABLE addon_catalog
    ADD COLUMN kind   text  NOT NULL DEFAULT 'service',
    ADD COLUMN grants jsonb NOT NULL DEFAULT '[]';
