CREATE TABLE webhook_endpoints (
    id              text PRIMARY KEY,
    url             text NOT NULL,
    description     text NOT NULL,
    event_types     text[] NOT NULL,
    secret          text NOT NULL,
    old_secret      text,
    old_until       timestamptz,
    state           text NOT NULL DEFAULT 'enabled',
    disabled_reason text,
    failing_since   timestamptz,
    failures        int NOT NULL DEFAULT 0,
    again_at        timestamptz,
    warned          boolean NOT NULL DEFAULT false,
    created_at      timestamptz NOT NULL,
    changed_at      timestamptz NOT NULL
);

CREATE TABLE webhook_deliveries (
    endpoint_id text NOT NULL REFERENCES webhook_endpoints ON DELETE CASCADE,
    service     text NOT NULL,
    sequence    bigint NOT NULL,
    number      bigint GENERATED ALWAYS AS IDENTITY,
    event_type  text NOT NULL,
    key         text NOT NULL,
    workspace   text NOT NULL,
    state       text NOT NULL,
    attempts    int NOT NULL,
    first_at    timestamptz,
    last_at     timestamptz,
    again_at    timestamptz,
    status      int,
    latency_ms  int,
    error       text NOT NULL DEFAULT '',
    body        bytea,
    PRIMARY KEY (endpoint_id, service, sequence)
);
CREATE UNIQUE INDEX webhook_deliveries_by_number ON webhook_deliveries (endpoint_id, number);
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (endpoint_id, service, key, sequence)
    WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries (last_at) WHERE state <> 'waiting';

CREATE TABLE webhook_replays (
    id          text PRIMARY KEY,
    endpoint_id text NOT NULL REFERENCES webhook_endpoints ON DELETE CASCADE,
    workspace   text,
    created_at  timestamptz NOT NULL
);
CREATE TABLE webhook_replay_ends (
    replay_id text NOT NULL REFERENCES webhook_replays ON DELETE CASCADE,
    service   text NOT NULL,
    partition int NOT NULL,
    sequence  bigint NOT NULL,
    "offset"  bigint NOT NULL,
    PRIMARY KEY (replay_id, service, partition)
);

CREATE TABLE mails (
    id         text PRIMARY KEY,
    recipient  text NOT NULL,
    subject    text NOT NULL,
    text       text NOT NULL,
    html       text NOT NULL,
    state      text NOT NULL DEFAULT 'due',
    attempts   int NOT NULL DEFAULT 0,
    due_at     timestamptz NOT NULL,
    claimed_at timestamptz
);
CREATE INDEX mails_open ON mails (state, due_at) WHERE state IN ('due', 'claimed');
