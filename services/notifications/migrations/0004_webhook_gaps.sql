-- Workspaces of an endpoint of which no more is kept: what lies behind `sequence` is read again when
-- what is kept was sent.
CREATE TABLE webhook_gaps (
    endpoint_id text NOT NULL REFERENCES webhook_endpoints ON DELETE CASCADE,
    service     text NOT NULL,
    key         text NOT NULL,
    workspace   text NOT NULL,
    sequence    bigint NOT NULL,
    PRIMARY KEY (endpoint_id, service, key)
);
