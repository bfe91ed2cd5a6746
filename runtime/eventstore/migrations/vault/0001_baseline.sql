CREATE TABLE IF NOT EXISTS workspace_keys (
    workspace  text PRIMARY KEY,
    key        bytea,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    erased_at  timestamptz
);
