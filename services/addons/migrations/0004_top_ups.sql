-- Meters of which credits are, or were, bought by themselves.
CREATE TABLE IF NOT EXISTS top_ups (
    workspace text NOT NULL,
    meter     text NOT NULL,
    PRIMARY KEY (workspace, meter)
);
-- What metering said of credits that run low, until it is dealt with.
CREATE TABLE IF NOT EXISTS top_ups_due (
    low_id    text PRIMARY KEY,
    workspace text NOT NULL,
    meter     text NOT NULL,
    rule_id   text NOT NULL,
    said_at   timestamptz NOT NULL,
    done      boolean NOT NULL DEFAULT false
);
CREATE INDEX IF NOT EXISTS top_ups_due_open ON top_ups_due (said_at) WHERE NOT done;
