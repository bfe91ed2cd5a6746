-- What a subscriber really pays, and what makes it differ from the price that was bought. Null
-- where an event of an earlier version did not tell.
ALTER TABLE plan_subscriptions
    ADD COLUMN unit_price_cents bigint,
    ADD COLUMN quantity         int NOT NULL DEFAULT 1,
    ADD COLUMN interval_count   int NOT NULL DEFAULT 1,
    ADD COLUMN discounts        jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN trial_ends_at    timestamptz,
    ADD COLUMN paused           jsonb,
    ADD COLUMN open_invoice     jsonb;
