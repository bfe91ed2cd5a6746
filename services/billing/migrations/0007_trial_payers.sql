-- Whose trial of which plan family runs or was had, by a digest of who pays. No log tells it: what
-- it is made of is personal, and is forgotten with the workspace.
CREATE TABLE trial_payers (
    payer text NOT NULL,
    family text NOT NULL,
    workspace text NOT NULL,
    checkout_id text NOT NULL,
    claimed_at timestamptz NOT NULL,
    PRIMARY KEY (payer, family)
);
CREATE INDEX trial_payers_workspace ON trial_payers (workspace);
