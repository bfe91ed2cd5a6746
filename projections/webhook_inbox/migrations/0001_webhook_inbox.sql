-- Each notification as its last event, `last_position`, left it. `position` is that of its first one.
CREATE TABLE IF NOT EXISTS webhook_inbox (
    gateway          text NOT NULL,
    webhook_id       text NOT NULL,
    position         bigint NOT NULL UNIQUE,
    last_position    bigint NOT NULL,
    workspace_id     text NOT NULL,
    webhook_type     text NOT NULL,
    subscription_ref text NOT NULL,
    checkout_ref     text NOT NULL,
    charge_ref       text NOT NULL,
    customer_ref     text NOT NULL,
    state            text NOT NULL,
    reason           text,
    attempts         int,
    occurred_at      timestamptz NOT NULL,
    received_at      timestamptz NOT NULL,
    changed_at       timestamptz NOT NULL,
    changed_by       text NOT NULL,
    words            text NOT NULL,
    PRIMARY KEY (gateway, webhook_id)
);
CREATE INDEX IF NOT EXISTS webhook_inbox_of_workspace ON webhook_inbox (workspace_id, position);
-- What somebody may have to look after, which is little.
CREATE INDEX IF NOT EXISTS webhook_inbox_troubled ON webhook_inbox (state, gateway, position)
    WHERE state IN ('retry', 'parked');
