-- `position` is that of the purchase's first event: newest first is by it, descending.
-- `steps` is a list of {"step", "at", …} in the order they happened.
-- `buyer_email` and `buyer_name` are sealed.
CREATE TABLE IF NOT EXISTS purchase_history (
    purchase_id      text PRIMARY KEY,
    position         bigint NOT NULL,
    workspace_id     text NOT NULL,
    addon            text NOT NULL,
    addon_name       text NOT NULL,
    price_cents      bigint NOT NULL,
    currency         text NOT NULL,
    status           text NOT NULL,
    blocks           boolean NOT NULL,
    gateway          text NOT NULL,
    charge_ref       text,
    confirmation_url text,
    decline_code     text,
    refunded_cents   bigint NOT NULL,
    refunding_cents  bigint NOT NULL,
    buyer            text NOT NULL,
    buyer_email      text,
    buyer_name       text,
    started_at       timestamptz NOT NULL,
    paid_at          timestamptz,
    delivered_at     timestamptz,
    steps            jsonb NOT NULL
);
CREATE INDEX IF NOT EXISTS purchase_history_by_workspace
    ON purchase_history (workspace_id, position DESC);
