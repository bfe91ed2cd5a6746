-- What each workspace that ever paid is worth a month since the event at `position`.
CREATE TABLE IF NOT EXISTS revenue_standings (
    workspace_id text PRIMARY KEY,
    currency     text NOT NULL,
    cents        bigint NOT NULL,
    at           timestamptz NOT NULL,
    position     bigint NOT NULL
);

-- How that moved: `follows` is the position of the movement before, of the same workspace. One
-- event makes two of them where the currency changes.
CREATE TABLE IF NOT EXISTS revenue_movements (
    position     bigint NOT NULL,
    part         smallint NOT NULL,
    follows      bigint,
    workspace_id text NOT NULL,
    kind         text NOT NULL,
    currency     text NOT NULL,
    before_cents bigint NOT NULL,
    after_cents  bigint NOT NULL,
    plan         text NOT NULL,
    gateway      text,
    at           timestamptz NOT NULL,
    month        date NOT NULL,
    PRIMARY KEY (position, part)
);
CREATE INDEX IF NOT EXISTS revenue_movements_by_month ON revenue_movements (month, currency);

-- Money that came, went or did not come, by event.
CREATE TABLE IF NOT EXISTS revenue_money (
    position     bigint NOT NULL,
    kind         text NOT NULL,
    workspace_id text NOT NULL,
    gateway      text NOT NULL,
    invoice_ref  text NOT NULL,
    currency     text NOT NULL,
    cents        bigint NOT NULL,
    at           timestamptz NOT NULL,
    month        date NOT NULL,
    PRIMARY KEY (position, kind)
);
CREATE INDEX IF NOT EXISTS revenue_money_of_invoice
    ON revenue_money (gateway, invoice_ref) WHERE kind = 'payment';
CREATE INDEX IF NOT EXISTS revenue_money_by_month ON revenue_money (month, currency);
