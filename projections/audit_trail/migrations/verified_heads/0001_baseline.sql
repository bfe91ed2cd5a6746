CREATE TABLE IF NOT EXISTS audit_verifications (
    service     text PRIMARY KEY,
    number      bigint NOT NULL,
    sequence    bigint NOT NULL,
    chain       bytea NOT NULL,
    checkpoint  bytea NOT NULL,
    signature   bytea NOT NULL,
    verified_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
