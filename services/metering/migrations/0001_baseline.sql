-- The write side's own tables, beside metering_events.

-- What is used of each quota: changed only together with the events that it counts.
-- No index on what changes, and room in each page, so that an update touches nothing else.
CREATE TABLE IF NOT EXISTS metering_quotas (
    workspace text   NOT NULL,
    metric    text   NOT NULL,
    month     int    NOT NULL,            -- 202611
    used      bigint NOT NULL DEFAULT 0,
    held      bigint NOT NULL DEFAULT 0,  -- units of conversations whose first turn is not complete
    position  bigint NOT NULL DEFAULT 0,  -- of the last event that changed the row
    PRIMARY KEY (workspace, metric, month)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);

-- Where each started conversation stands until it is metered.
CREATE TABLE IF NOT EXISTS metering_holds (
    conversation uuid   PRIMARY KEY,      -- stream id of its metered event
    stream       uuid   NOT NULL,         -- stream id of its hold
    version      bigint NOT NULL,
    workspace    text   NOT NULL,
    usage_id     text   NOT NULL,
    month        int    NOT NULL,
    status       text   NOT NULL,         -- held, released, expired, playground
    expires_at   timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS metering_holds_due ON metering_holds (expires_at) WHERE status = 'held';

-- Limits as billing published them; never changed, so that a refusal can be explained later.
CREATE SEQUENCE IF NOT EXISTS metering_revisions;
CREATE TABLE IF NOT EXISTS metering_plans (
    revision   bigint PRIMARY KEY,
    slug       text   NOT NULL,
    limits     jsonb  NOT NULL,
    source     text   NOT NULL,           -- billing:<sequence>
    event_type text   NOT NULL,
    happened_at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS metering_plans_slug ON metering_plans (slug, revision);
CREATE TABLE IF NOT EXISTS metering_default_plans (
    revision   bigint PRIMARY KEY,
    slug       text   NOT NULL,
    source     text   NOT NULL,
    event_type text   NOT NULL,
    happened_at timestamptz NOT NULL
);
CREATE TABLE IF NOT EXISTS metering_workspace_plans (
    revision   bigint PRIMARY KEY,
    workspace  text   NOT NULL,
    slug       text,                      -- NULL: the default plan
    source     text   NOT NULL,
    event_type text   NOT NULL,
    happened_at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS metering_workspace_plans_workspace
    ON metering_workspace_plans (workspace, revision);

CREATE OR REPLACE FUNCTION metering_month(month int) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT lpad((month / 100)::text, 4, '0') || '-' || lpad((month % 100)::text, 2, '0')
$$;

-- How ConversationReleased reads when the hold is of another month than it was released in.
CREATE OR REPLACE FUNCTION metering_of_month(state bytea, given int, month int)
RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT convert_to(replace(convert_from(state, 'UTF8'),
                              '"month":"' || metering_month(given) || '"',
                              '"month":"' || metering_month(month) || '"'), 'UTF8')
$$;

-- How ConversationMetered reads when the hold had run out. Inside JSON strings quotes are escaped,
-- so the pattern can only be the field itself.
CREATE OR REPLACE FUNCTION metering_late(state bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT convert_to(
        replace(convert_from(state, 'UTF8'), '"after_expiry":false', '"after_expiry":true'), 'UTF8')
$$;
