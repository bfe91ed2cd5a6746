CREATE TABLE IF NOT EXISTS addon_catalog (
    slug        text PRIMARY KEY,
    name        text NOT NULL,
    price_cents bigint NOT NULL,
    currency    text NOT NULL,
    description text NOT NULL,
    features    jsonb NOT NULL,
    sort_order  int NOT NULL,
    is_active   boolean NOT NULL
);

-- Purchases that block another one of the same add-on: one at most.
CREATE TABLE IF NOT EXISTS addon_catalog_blocks (
    workspace_id     text NOT NULL,
    addon            text NOT NULL,
    purchase_id      text NOT NULL,
    status           text NOT NULL,
    confirmation_url text,
    started_at       timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, addon)
);
