-- The last known subscription of each workspace. `past_due_at`: when its gateway was first seen to
-- miss a payment that it still misses.
CREATE TABLE IF NOT EXISTS subscriptions (
    workspace_id     text COLLATE "C" PRIMARY KEY,
    last_position    bigint NOT NULL,
    plan             text NOT NULL,
    status           text NOT NULL,
    gateway          text,
    subscription_ref text,
    customer_ref     text,
    amount_cents     bigint NOT NULL,
    currency         text NOT NULL,
    "interval"       text NOT NULL,
    interval_count   int NOT NULL,
    quantity         int NOT NULL,
    discounts        jsonb NOT NULL,
    started_at       timestamptz NOT NULL,
    period_end       timestamptz,
    trial_ends_at    timestamptz,
    cancel_at        timestamptz,
    ended_at         timestamptz,
    next_plan        text,
    past_due_at      timestamptz,
    updated_at       timestamptz NOT NULL,
    words            text NOT NULL
);
CREATE INDEX IF NOT EXISTS subscriptions_by_status ON subscriptions (status, workspace_id);

-- Open invoices with something left to pay, from when they were to be paid.
CREATE TABLE IF NOT EXISTS subscriptions_owed (
    gateway          text NOT NULL,
    invoice_ref      text NOT NULL,
    subscription_ref text NOT NULL,
    owed_cents       bigint NOT NULL,
    since            timestamptz NOT NULL,
    PRIMARY KEY (gateway, invoice_ref)
);
CREATE INDEX IF NOT EXISTS subscriptions_owed_by_subscription
    ON subscriptions_owed (gateway, subscription_ref);
