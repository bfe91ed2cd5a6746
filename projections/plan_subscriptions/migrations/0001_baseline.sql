-- The last known subscription of each workspace.
CREATE TABLE IF NOT EXISTS plan_subscriptions (
    workspace_id     text PRIMARY KEY,
    plan             text NOT NULL,
    status           text NOT NULL,
    gateway          text,
    subscription_ref text,
    customer_ref     text,
    checkout_id      text,
    price_cents      bigint NOT NULL,
    currency         text NOT NULL,
    "interval"       text NOT NULL,
    started_at       timestamptz NOT NULL,
    period_start     timestamptz,
    period_end       timestamptz,
    cancel_at        timestamptz,
    ended_at         timestamptz,
    next_plan        text,
    updated_at       timestamptz NOT NULL
);

-- The page that a workspace is meant to pay now. No address until the gateway has answered.
CREATE TABLE IF NOT EXISTS plan_subscriptions_checkouts (
    workspace_id text PRIMARY KEY,
    checkout_id  text NOT NULL,
    gateway      text NOT NULL,
    plan         text NOT NULL,
    url          text,
    expires_at   timestamptz,
    started_at   timestamptz NOT NULL
);

CREATE TABLE IF NOT EXISTS plan_subscriptions_plans (
    slug        text PRIMARY KEY,
    name        text NOT NULL,
    price_cents bigint NOT NULL,
    currency    text NOT NULL,
    "interval"  text NOT NULL,
    is_default  boolean NOT NULL
);
