CREATE TABLE IF NOT EXISTS purchases (
    purchase_id  text PRIMARY KEY,
    stream       text NOT NULL,
    workspace    text NOT NULL,
    gateway      text NOT NULL,
    charge_ref   text,
    checkout_ref text,
    look_at      timestamptz,
    hinted       boolean NOT NULL DEFAULT false
);
CREATE INDEX IF NOT EXISTS purchases_by_charge ON purchases (gateway, charge_ref)
    WHERE charge_ref IS NOT NULL;
CREATE INDEX IF NOT EXISTS purchases_by_checkout ON purchases (gateway, checkout_ref)
    WHERE checkout_ref IS NOT NULL;
CREATE INDEX IF NOT EXISTS purchases_waiting ON purchases (look_at) WHERE look_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS purchases_hinted ON purchases (purchase_id) WHERE hinted;

CREATE TABLE IF NOT EXISTS payment_methods (
    workspace text PRIMARY KEY,
    gateway   text NOT NULL,
    customer  text NOT NULL,
    method    text NOT NULL,
    sequence  bigint NOT NULL
);

CREATE TABLE IF NOT EXISTS pages (
    purchase_id text PRIMARY KEY,
    state       text NOT NULL DEFAULT 'due',
    attempts    int NOT NULL DEFAULT 0,
    send_at     timestamptz,
    claimed_at  timestamptz
);
CREATE INDEX IF NOT EXISTS pages_open ON pages (state) WHERE state IN ('due', 'claimed');
