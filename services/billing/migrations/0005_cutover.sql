-- Subscriptions of an existing business: what was found of each, and whether it was adopted. `notes`
-- is what is unusual about it, `error` why the last attempt failed.
CREATE TABLE cutover (
    gateway    text NOT NULL,
    ref        text NOT NULL,
    verdict    text NOT NULL,
    workspace  text NOT NULL,
    plan       text NOT NULL,
    price_ref  text NOT NULL,
    customer   text NOT NULL,
    notes      text[] NOT NULL,
    error      text NOT NULL DEFAULT '',
    staged_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    adopted_at timestamptz,
    PRIMARY KEY (gateway, ref)
);
CREATE INDEX cutover_staged ON cutover (gateway, ref) WHERE adopted_at IS NULL;
