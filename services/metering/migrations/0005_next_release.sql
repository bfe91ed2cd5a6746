-- When the next held unit of a workspace comes back.
CREATE INDEX IF NOT EXISTS metering_holds_of_workspace
    ON metering_holds (workspace, month, expires_at) WHERE status = 'held';
