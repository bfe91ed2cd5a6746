-- What purchases of credits ask for, in the order of the add-on service's log, until it is done.
CREATE TABLE IF NOT EXISTS metering_purchased_credits (
    sequence    bigint PRIMARY KEY,    -- of that log
    workspace   text   NOT NULL,
    purchase    text   NOT NULL,
    step        text   NOT NULL,       -- grant, revoke, restore
    grants      jsonb  NOT NULL,       -- [{meter, amount, expires_at}]
    reason      text   NOT NULL,
    done        boolean NOT NULL DEFAULT false
);
CREATE INDEX IF NOT EXISTS metering_purchased_credits_due
    ON metering_purchased_credits (sequence) WHERE NOT done;
CREATE INDEX IF NOT EXISTS metering_purchased_credits_workspace
    ON metering_purchased_credits (workspace) WHERE NOT done;
