-- What witnesses elsewhere answered to signed heads: co-signatures, time stamps, commits, offsets.
-- Rows are only added.
CREATE TABLE audit_receipts (
    witness text COLLATE "C" NOT NULL,
    service text COLLATE "C" NOT NULL,
    at      timestamptz NOT NULL,      -- of the head
    answer  jsonb NOT NULL,
    kept_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (witness, service, at)
);
