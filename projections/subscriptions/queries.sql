-- name: record_subscription
-- An event carries the whole subscription; only since when it is past due follows from the row
-- before, of the same subscription. An event that was applied already changes nothing.
INSERT INTO subscriptions AS known (
    workspace_id, last_position, plan, status, gateway, subscription_ref, customer_ref,
    amount_cents, currency, "interval", interval_count, quantity, discounts, started_at,
    period_end, trial_ends_at, cancel_at, ended_at, next_plan, past_due_at, updated_at, words
) VALUES (
    %(workspace_id)s, %(position)s, %(plan)s, %(status)s, %(gateway)s, %(subscription_ref)s,
    %(customer_ref)s, %(amount_cents)s, %(currency)s, %(interval)s, %(interval_count)s,
    %(quantity)s, %(discounts)s, %(started_at)s, %(period_end)s, %(trial_ends_at)s, %(cancel_at)s,
    %(ended_at)s, %(next_plan)s, %(past_due_at)s, %(updated_at)s, %(words)s
)
ON CONFLICT (workspace_id) DO UPDATE SET
    last_position = EXCLUDED.last_position, plan = EXCLUDED.plan, status = EXCLUDED.status,
    gateway = EXCLUDED.gateway, subscription_ref = EXCLUDED.subscription_ref,
    customer_ref = EXCLUDED.customer_ref, amount_cents = EXCLUDED.amount_cents,
    currency = EXCLUDED.currency, "interval" = EXCLUDED."interval",
    interval_count = EXCLUDED.interval_count, quantity = EXCLUDED.quantity,
    discounts = EXCLUDED.discounts, started_at = EXCLUDED.started_at,
    period_end = EXCLUDED.period_end, trial_ends_at = EXCLUDED.trial_ends_at,
    cancel_at = EXCLUDED.cancel_at, ended_at = EXCLUDED.ended_at, next_plan = EXCLUDED.next_plan,
    past_due_at = CASE
        WHEN EXCLUDED.status NOT IN ('past_due', 'suspended') THEN NULL
        WHEN (known.gateway, known.subscription_ref)
            = (EXCLUDED.gateway, EXCLUDED.subscription_ref)
            THEN coalesce(known.past_due_at, EXCLUDED.past_due_at)
        ELSE EXCLUDED.past_due_at END,
    updated_at = EXCLUDED.updated_at, words = EXCLUDED.words
WHERE known.last_position < EXCLUDED.last_position

-- name: owe
INSERT INTO subscriptions_owed (gateway, invoice_ref, subscription_ref, owed_cents, since)
VALUES (%(gateway)s, %(invoice_ref)s, %(subscription_ref)s, %(owed_cents)s, %(since)s)
ON CONFLICT (gateway, invoice_ref) DO UPDATE
SET owed_cents = EXCLUDED.owed_cents, since = EXCLUDED.since

-- name: settle
DELETE FROM subscriptions_owed WHERE gateway = %(gateway)s AND invoice_ref = %(invoice_ref)s

-- name: subscriptions_page
-- Past due since its oldest open invoice was to be paid, as the limit for unpaid subscriptions
-- counts; where the gateway shows none, since it was first seen so.
SELECT workspace_id, plan, status, gateway, subscription_ref, customer_ref, amount_cents, currency,
    "interval", interval_count, quantity, discounts, started_at, period_end, trial_ends_at,
    cancel_at, ended_at, next_plan, updated_at, 'billing:' || last_position AS event,
    CASE WHEN status IN ('past_due', 'suspended') THEN coalesce(owed.since, past_due_at) END
        AS past_due_since,
    owed.cents AS owed_cents,
    CASE WHEN gateway IS NOT NULL AND status IN ('trialing', 'active', 'past_due')
        AND (cancel_at IS NULL OR cancel_at > period_end) THEN period_end END AS renews_at
FROM subscriptions
CROSS JOIN LATERAL (
    SELECT min(since) AS since, coalesce(sum(owed_cents), 0)::bigint AS cents
    FROM subscriptions_owed
    WHERE subscriptions_owed.gateway = subscriptions.gateway
      AND subscriptions_owed.subscription_ref = subscriptions.subscription_ref
) AS owed
WHERE (%(status)s::text IS NULL OR status = %(status)s)
  AND (%(plan)s::text IS NULL OR plan = %(plan)s)
  AND (%(gateway)s::text IS NULL OR gateway = %(gateway)s)
  AND (%(currency)s::text IS NULL OR currency = %(currency)s)
  AND (%(words)s = '' OR strpos(words, %(words)s) > 0)
  AND workspace_id > %(behind)s
ORDER BY workspace_id
LIMIT %(rows)s
