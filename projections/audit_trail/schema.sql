-- One row for every stored event, in the order of its service's log.
-- digest: SHA-256 of the canonical stored event; hash: the chain up to and with this event.
CREATE TABLE IF NOT EXISTS audit_trail (
    service        text COLLATE "C" NOT NULL,
    sequence       bigint NOT NULL,
    stream         text COLLATE "C" NOT NULL,
    version        int NOT NULL,
    type           text COLLATE "C" NOT NULL,
    workspace      text COLLATE "C" NOT NULL,
    key            text COLLATE "C" NOT NULL,
    actor          text COLLATE "C" NOT NULL,
    correlation_id text COLLATE "C" NOT NULL,
    causation_id   text COLLATE "C" NOT NULL,
    occurred_at    timestamptz NOT NULL,
    recorded_at    timestamptz NOT NULL,
    data           jsonb NOT NULL,
    digest         bytea NOT NULL,
    hash           bytea NOT NULL,
    PRIMARY KEY (service, sequence)
);
CREATE INDEX IF NOT EXISTS audit_trail_workspace ON audit_trail (workspace, service, sequence)
    WHERE workspace <> '';
CREATE INDEX IF NOT EXISTS audit_trail_correlation ON audit_trail (correlation_id)
    WHERE correlation_id <> '';
-- What a request caused is found by its correlation id: usage, which is most, needs no entry here.
CREATE INDEX IF NOT EXISTS audit_trail_causation ON audit_trail (causation_id)
    WHERE causation_id NOT LIKE 'request:%';
CREATE INDEX IF NOT EXISTS audit_trail_stream ON audit_trail (stream) WHERE service <> 'metering';
CREATE INDEX IF NOT EXISTS audit_trail_recorded ON audit_trail USING brin (recorded_at);

-- Where each service's chain stands. frontier: the roots of the complete subtrees of the open
-- Merkle tree, largest first, 32 bytes each.
CREATE TABLE IF NOT EXISTS audit_trail_chains (
    service         text COLLATE "C" PRIMARY KEY,
    events          bigint NOT NULL,
    sequence        bigint NOT NULL,
    hash            bytea NOT NULL,
    frontier        bytea NOT NULL,
    open_from       bigint NOT NULL,
    checkpoints     bigint NOT NULL,
    checkpoint_hash bytea NOT NULL
);

CREATE TABLE IF NOT EXISTS audit_trail_checkpoints (
    service        text COLLATE "C" NOT NULL,
    number         bigint NOT NULL,
    events         int NOT NULL,
    first_sequence bigint NOT NULL,
    last_sequence  bigint NOT NULL,
    root           bytea NOT NULL,
    chain          bytea NOT NULL,
    previous       bytea NOT NULL,
    hash           bytea NOT NULL,
    signature      bytea NOT NULL,
    PRIMARY KEY (service, number)
);
