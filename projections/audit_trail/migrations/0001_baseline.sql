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
-- The catalogues, and webhooks of nobody known.
CREATE INDEX IF NOT EXISTS audit_trail_catalogue ON audit_trail (type, key, sequence)
    WHERE workspace = '';
-- Which conversations held a unit at a moment: by when their hold ends, then by their id.
CREATE INDEX IF NOT EXISTS audit_trail_holds
    ON audit_trail (workspace, left(data ->> 'hold_expires_at', 19))
    WHERE type = 'metering.ConversationStarted.v1';
CREATE INDEX IF NOT EXISTS audit_trail_settled ON audit_trail (workspace, (data ->> 'usage_id'))
    WHERE type IN ('metering.ConversationMetered.v1', 'metering.ConversationReleased.v1');
CREATE INDEX IF NOT EXISTS audit_trail_recorded ON audit_trail USING brin (recorded_at);

-- Counted usage by the hours in which it happened and was recorded, with the bounds of each cell:
-- a cell that a moment cuts through is counted again from the ledger, between its sequences.
CREATE TABLE IF NOT EXISTS audit_trail_usage (
    workspace      text COLLATE "C" NOT NULL,
    type           text COLLATE "C" NOT NULL,
    hour           timestamptz NOT NULL,
    recorded_hour  timestamptz NOT NULL,
    events         bigint NOT NULL,
    first_at       timestamptz NOT NULL,
    last_at        timestamptz NOT NULL,
    first_recorded timestamptz NOT NULL,
    last_recorded  timestamptz NOT NULL,
    first_sequence bigint NOT NULL,
    last_sequence  bigint NOT NULL,
    PRIMARY KEY (workspace, type, hour, recorded_hour)
);

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
