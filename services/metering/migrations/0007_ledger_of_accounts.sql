-- Where in the log an account changed, so that its ledger can be read page by page.
CREATE TABLE IF NOT EXISTS metering_ledger (
    workspace text   NOT NULL,
    position  bigint NOT NULL,
    meter     text   NOT NULL,
    PRIMARY KEY (workspace, position)
);
