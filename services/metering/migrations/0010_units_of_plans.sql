-- Which limits and quotas of a plan are those of one unit, and how many units a workspace has, as
-- billing published it; never changed.
CREATE TABLE IF NOT EXISTS metering_scales (
    revision    bigint PRIMARY KEY,
    slug        text   NOT NULL,
    scales      jsonb  NOT NULL,       -- names of limits, quotas and meters
    source      text   NOT NULL,
    event_type  text   NOT NULL,
    happened_at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS metering_scales_slug ON metering_scales (slug, revision);
CREATE TABLE IF NOT EXISTS metering_quantities (
    revision    bigint PRIMARY KEY,
    workspace   text   NOT NULL,
    quantity    bigint NOT NULL,
    source      text   NOT NULL,
    event_type  text   NOT NULL,
    happened_at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS metering_quantities_workspace
    ON metering_quantities (workspace, revision);
