-- Overrides of a workspace as billing published them; never changed.
CREATE TABLE IF NOT EXISTS metering_overrides (
    revision    bigint PRIMARY KEY,
    workspace   text   NOT NULL,
    overrides   jsonb  NOT NULL,
    source      text   NOT NULL,
    event_type  text   NOT NULL,
    happened_at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS metering_overrides_workspace ON metering_overrides (workspace, revision);
