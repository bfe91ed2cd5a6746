CREATE TABLE IF NOT EXISTS positions (
    consumer   text NOT NULL,
    service    text NOT NULL,
    partition  int NOT NULL,
    sequence   bigint NOT NULL,
    "offset"   bigint NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (consumer, service, partition)
);
-- error is empty for an event that only waits behind an earlier one of its key
CREATE TABLE IF NOT EXISTS parked_events (
    consumer     text NOT NULL,
    service      text NOT NULL,
    sequence     bigint NOT NULL,
    partition    int NOT NULL,
    "offset"     bigint NOT NULL,
    type         text NOT NULL,
    key          text NOT NULL,
    value        bytea NOT NULL,
    headers      jsonb NOT NULL,
    error        text NOT NULL,
    parked_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    announced_at timestamptz,
    PRIMARY KEY (consumer, service, sequence, partition, "offset")
);
