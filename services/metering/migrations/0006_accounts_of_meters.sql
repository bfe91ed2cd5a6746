-- Meters as they are declared; never changed, so that what was decided by one can be explained.
CREATE TABLE IF NOT EXISTS metering_meters (
    revision    bigint PRIMARY KEY,
    slug        text   NOT NULL,
    unit        text   NOT NULL,
    aggregation text   NOT NULL,       -- count, sum
    dimensions  text[] NOT NULL,
    overdraft   bigint NOT NULL
);
CREATE INDEX IF NOT EXISTS metering_meters_slug ON metering_meters (slug, revision);

-- Accounts of meters that are not built in, kept with the events that change them. The version is
-- what a decision was made of: another one, and it is made again.
CREATE TABLE IF NOT EXISTS metering_accounts (
    workspace text   NOT NULL,
    meter     text   NOT NULL,
    version   bigint NOT NULL,
    grants    bigint NOT NULL,         -- the age of the next grant
    position  bigint NOT NULL,         -- of the log, at which it stands so
    PRIMARY KEY (workspace, meter)
) WITH (fillfactor = 50);

-- Double entry: the balances of an account sum to zero.
CREATE TABLE IF NOT EXISTS metering_balances (
    workspace text   NOT NULL,
    meter     text   NOT NULL,
    name      text   NOT NULL,         -- quota:2026-11, used:2026-11, grant:<id> …
    amount    bigint NOT NULL,
    PRIMARY KEY (workspace, meter, name)
) WITH (fillfactor = 50);

CREATE TABLE IF NOT EXISTS metering_grants (
    workspace  text   NOT NULL,
    id         text   NOT NULL,
    meter      text   NOT NULL,
    number     bigint NOT NULL,        -- age
    amount     bigint NOT NULL,
    priority   int    NOT NULL,
    expires_at timestamptz,
    source     text   NOT NULL,
    ended      text,                   -- revoked, expired
    PRIMARY KEY (workspace, id, meter)
);
CREATE INDEX IF NOT EXISTS metering_grants_open ON metering_grants (workspace, meter)
    WHERE ended IS NULL;
CREATE INDEX IF NOT EXISTS metering_grants_due ON metering_grants (expires_at)
    WHERE ended IS NULL;

-- Which meter something was reserved of, and until when it is held.
CREATE TABLE IF NOT EXISTS metering_reservations (
    workspace  text NOT NULL,
    id         text NOT NULL,
    meter      text NOT NULL,
    expires_at timestamptz,            -- NULL: nothing is held any more
    PRIMARY KEY (workspace, id, meter)
);
CREATE INDEX IF NOT EXISTS metering_reservations_due ON metering_reservations (expires_at)
    WHERE expires_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS metering_reservations_held
    ON metering_reservations (workspace, meter, expires_at) WHERE expires_at IS NOT NULL;
