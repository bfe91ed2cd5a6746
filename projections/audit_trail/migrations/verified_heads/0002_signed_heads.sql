-- What was signed of each service's history, and when. Rows are only added. `reason`: why history
-- was sealed anew although it differs from what earlier heads say.
CREATE TABLE audit_heads (
    service   text COLLATE "C" NOT NULL,
    at        timestamptz NOT NULL,
    events    bigint NOT NULL,
    sequence  bigint NOT NULL,
    chain     bytea NOT NULL,
    key_id    text NOT NULL,
    signature bytea NOT NULL,
    reason    text NOT NULL DEFAULT '',
    PRIMARY KEY (service, at)
);
