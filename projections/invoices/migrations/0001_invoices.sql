-- Each invoice as its last event, `last_position`, showed it. `position` is that of its first one.
CREATE TABLE IF NOT EXISTS invoices (
    gateway          text NOT NULL,
    invoice_ref      text NOT NULL,
    workspace_id     text NOT NULL,
    position         bigint NOT NULL UNIQUE,
    last_position    bigint NOT NULL,
    number           text NOT NULL,
    status           text NOT NULL,
    subscription_ref text,
    customer_ref     text,
    currency         text NOT NULL,
    subtotal_cents   bigint NOT NULL,
    discount_cents   bigint NOT NULL,
    tax_cents        bigint NOT NULL,
    total_cents      bigint NOT NULL,
    paid_cents       bigint NOT NULL,
    refunded_cents   bigint NOT NULL,
    disputed_cents   bigint NOT NULL,
    issued_at        timestamptz NOT NULL,
    due_at           timestamptz,
    paid_at          timestamptz,
    url              text,
    pdf_url          text,
    lines            jsonb NOT NULL,
    steps            jsonb NOT NULL,
    words            text NOT NULL,
    PRIMARY KEY (gateway, invoice_ref)
);
CREATE INDEX IF NOT EXISTS invoices_by_time ON invoices (issued_at DESC, position DESC);
CREATE INDEX IF NOT EXISTS invoices_of_workspace
    ON invoices (workspace_id, issued_at DESC, position DESC);
