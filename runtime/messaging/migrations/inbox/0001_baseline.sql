CREATE TABLE IF NOT EXISTS inbox (
    sequence        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source          text NOT NULL,
    id              text NOT NULL,
    raw             bytea NOT NULL,
    headers         jsonb NOT NULL,
    facts           jsonb NOT NULL,
    state           text NOT NULL DEFAULT 'received'
                    CHECK (state IN ('received', 'processed', 'parked')),
    attempts        int NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_error      text NOT NULL DEFAULT '',
    received_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    settled_at      timestamptz,
    UNIQUE (source, id)
);
CREATE INDEX IF NOT EXISTS inbox_waiting ON inbox (next_attempt_at) WHERE state = 'received';
CREATE INDEX IF NOT EXISTS inbox_parked ON inbox (sequence) WHERE state = 'parked';
