-- Lanes of which no more is kept: what lies behind `sequence` is read again when the lane is free.
CREATE TABLE webhook_gaps (
    endpoint_id text NOT NULL REFERENCES webhook_endpoints ON DELETE CASCADE,
    service     text NOT NULL,
    key         text NOT NULL,
    workspace   text NOT NULL,
    sequence    bigint NOT NULL,
    PRIMARY KEY (endpoint_id, service, key)
);
