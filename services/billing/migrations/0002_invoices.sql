-- Whose an invoice is and where it stands, kept with its events. `looked_like` is a digest of the
-- snapshot that was observed last: an invoice that still looks like that has not moved.
CREATE TABLE invoices (
    gateway      text NOT NULL,
    ref          text NOT NULL,
    workspace    text NOT NULL,
    subscription text,
    status       text NOT NULL,
    is_owed      boolean NOT NULL,
    issued_at    timestamptz NOT NULL,
    looked_like  text NOT NULL DEFAULT '',
    PRIMARY KEY (gateway, ref)
);
CREATE INDEX invoices_of_subscription ON invoices (gateway, subscription, issued_at DESC);
CREATE INDEX invoices_of_workspace ON invoices (workspace, issued_at DESC);
