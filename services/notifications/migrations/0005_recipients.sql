ALTER TABLE mails
    ADD COLUMN workspace text NOT NULL DEFAULT '',
    ADD COLUMN kind text NOT NULL DEFAULT '',
    ADD COLUMN problem text NOT NULL DEFAULT '';
CREATE INDEX mails_by_workspace ON mails (workspace, due_at) WHERE workspace <> '';

-- Put off while the directory of owners can't be asked.
ALTER TABLE notices ADD COLUMN again_at timestamptz;

-- Addresses that their mail server does not know, sealed.
CREATE TABLE refused_addresses (
    workspace  text NOT NULL,
    recipient  text NOT NULL,
    reason     text NOT NULL,
    refused_at timestamptz NOT NULL
);
CREATE INDEX refused_addresses_by_workspace ON refused_addresses (workspace);
