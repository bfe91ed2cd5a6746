-- Messages of one commit are one row of metering_events: an event of the stream of the log itself,
-- whose notification_id is the position of its last fact. What follows is NULL in every other row.
ALTER TABLE metering_events
    ADD COLUMN IF NOT EXISTS count   int,       -- facts in it, those that were refused too
    ADD COLUMN IF NOT EXISTS refused int[],     -- indexes of facts that do not exist
    ADD COLUMN IF NOT EXISTS keys    bigint[],  -- 64 bits of each fact's id
    ADD COLUMN IF NOT EXISTS rest    bytea,     -- 32 more
    -- Accounts that it counts for, behind them as many counts, positions of the account's block
    -- before, and days of the month (0: several).
    ADD COLUMN IF NOT EXISTS figures bigint[],
    ADD COLUMN IF NOT EXISTS attempt uuid;      -- who wrote it, should the answer be lost
-- Both are compressed, or can't be.
ALTER TABLE metering_events
    ALTER COLUMN state SET STORAGE EXTERNAL,
    ALTER COLUMN keys SET STORAGE EXTERNAL,
    ALTER COLUMN rest SET STORAGE EXTERNAL;

ALTER TABLE metering_quotas
    ADD COLUMN IF NOT EXISTS account bigint GENERATED ALWAYS AS IDENTITY,
    ADD COLUMN IF NOT EXISTS block   bigint NOT NULL DEFAULT 0,  -- position of the last that counts
    ADD COLUMN IF NOT EXISTS before  bigint NOT NULL DEFAULT 0;  -- and of the one before it
CREATE UNIQUE INDEX IF NOT EXISTS metering_quotas_account ON metering_quotas (account);

-- Whether messages are stored in rows of their own, as they were before blocks.
CREATE TABLE IF NOT EXISTS metering_message_rows (present boolean NOT NULL);
INSERT INTO metering_message_rows
SELECT EXISTS (SELECT FROM metering_events WHERE topic = 'metering.MessageMetered')
 WHERE NOT EXISTS (SELECT FROM metering_message_rows);

-- A process of the version before can't see blocks: without these it refuses instead.
DROP FUNCTION IF EXISTS metering_events_append_usage(
    uuid[], text[], bytea[], int[], boolean[], text[], text[], int[], bigint[], int[], int[],
    boolean, timestamptz);
