CREATE TABLE IF NOT EXISTS accounts (
    workspace     text PRIMARY KEY,
    version       bigint NOT NULL,
    seen          jsonb NOT NULL,
    next_check_at timestamptz,
    attempts      int NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS accounts_due ON accounts (next_check_at)
    WHERE next_check_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS gateway_objects (
    gateway   text NOT NULL,
    ref       text NOT NULL,
    workspace text NOT NULL,
    PRIMARY KEY (gateway, ref)
);

CREATE TABLE IF NOT EXISTS plans (
    slug              text PRIMARY KEY,
    is_default        boolean NOT NULL,
    sync_attempted_at timestamptz
);
CREATE UNIQUE INDEX IF NOT EXISTS plans_one_default ON plans (is_default) WHERE is_default;
CREATE TABLE IF NOT EXISTS plan_prices (
    gateway   text NOT NULL,
    price_ref text NOT NULL,
    slug      text NOT NULL,
    PRIMARY KEY (gateway, price_ref)
);
