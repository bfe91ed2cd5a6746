-- Rules of the add-on service: when fewer than `below` units are left it wants to know. NULL: not
-- any more. Never changed.
CREATE TABLE IF NOT EXISTS metering_top_ups (
    revision    bigint PRIMARY KEY,
    workspace   text   NOT NULL,
    meter       text   NOT NULL,
    rule_id     text   NOT NULL,
    below       bigint,
    source      text   NOT NULL,
    event_type  text   NOT NULL,
    happened_at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS metering_top_ups_account ON metering_top_ups (workspace, meter, revision);
