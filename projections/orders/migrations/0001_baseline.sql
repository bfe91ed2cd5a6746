-- `position` is that of the order's first event: newest first is by it, descending.
-- `buyer_email` and `buyer_name` are sealed.
CREATE TABLE IF NOT EXISTS orders (
    purchase_id     text PRIMARY KEY,
    position        bigint NOT NULL UNIQUE,
    workspace_id    text NOT NULL,
    addon           text NOT NULL,
    addon_name      text NOT NULL,
    price_cents     bigint NOT NULL,
    currency        text NOT NULL,
    status          text NOT NULL,
    gateway         text NOT NULL,
    charge_ref      text,
    decline_code    text,
    refunded_cents  bigint NOT NULL,
    refunding_cents bigint NOT NULL,
    captured        boolean NOT NULL,
    buyer           text NOT NULL,
    buyer_email     text,
    buyer_name      text,
    started_at      timestamptz NOT NULL,
    paid_at         timestamptz,
    delivered_at    timestamptz,
    closed_at       timestamptz,
    paged_at        timestamptz,
    words           text NOT NULL
);
CREATE INDEX IF NOT EXISTS orders_by_status ON orders (status, position DESC);
