-- name: set_subscription
INSERT INTO plan_subscriptions (
    workspace_id, plan, status, gateway, subscription_ref, customer_ref, checkout_id, price_cents,
    currency, "interval", started_at, period_start, period_end, cancel_at, ended_at, next_plan,
    unit_price_cents, quantity, interval_count, discounts, trial_ends_at, paused, open_invoice,
    updated_at
) VALUES (
    %(workspace_id)s, %(plan)s, %(status)s, %(gateway)s, %(subscription_ref)s, %(customer_ref)s,
    %(checkout_id)s, %(price_cents)s, %(currency)s, %(interval)s, %(started_at)s,
    %(period_start)s, %(period_end)s, %(cancel_at)s, %(ended_at)s, %(next_plan)s,
    %(unit_price_cents)s, %(quantity)s, %(interval_count)s, %(discounts)s, %(trial_ends_at)s,
    %(paused)s, %(open_invoice)s, %(updated_at)s
)
ON CONFLICT (workspace_id) DO UPDATE
SET plan = EXCLUDED.plan, status = EXCLUDED.status, gateway = EXCLUDED.gateway,
    subscription_ref = EXCLUDED.subscription_ref, customer_ref = EXCLUDED.customer_ref,
    checkout_id = EXCLUDED.checkout_id, price_cents = EXCLUDED.price_cents,
    currency = EXCLUDED.currency, "interval" = EXCLUDED."interval",
    started_at = EXCLUDED.started_at, period_start = EXCLUDED.period_start,
    period_end = EXCLUDED.period_end, cancel_at = EXCLUDED.cancel_at,
    ended_at = EXCLUDED.ended_at, next_plan = EXCLUDED.next_plan,
    unit_price_cents = EXCLUDED.unit_price_cents, quantity = EXCLUDED.quantity,
    interval_count = EXCLUDED.interval_count, discounts = EXCLUDED.discounts,
    trial_ends_at = EXCLUDED.trial_ends_at, paused = EXCLUDED.paused,
    open_invoice = EXCLUDED.open_invoice, updated_at = EXCLUDED.updated_at

-- name: start_checkout
INSERT INTO plan_subscriptions_checkouts (workspace_id, checkout_id, gateway, plan, started_at)
VALUES (%(workspace_id)s, %(checkout_id)s, %(gateway)s, %(plan)s, %(time)s)
ON CONFLICT (workspace_id) DO UPDATE
SET checkout_id = EXCLUDED.checkout_id, gateway = EXCLUDED.gateway, plan = EXCLUDED.plan,
    url = NULL, expires_at = NULL, started_at = EXCLUDED.started_at

-- name: open_checkout
UPDATE plan_subscriptions_checkouts SET url = %(url)s, expires_at = %(expires_at)s
WHERE workspace_id = %(workspace_id)s AND checkout_id = %(checkout_id)s

-- name: close_checkout
DELETE FROM plan_subscriptions_checkouts
WHERE workspace_id = %(workspace_id)s AND checkout_id = %(checkout_id)s

-- name: create_plan
INSERT INTO plan_subscriptions_plans (slug, name, price_cents, currency, "interval", is_default)
VALUES (%(slug)s, %(name)s, %(price_cents)s, %(currency)s, %(interval)s, %(is_default)s)

-- name: rename_plan
UPDATE plan_subscriptions_plans SET name = %(name)s WHERE slug = %(slug)s

-- name: reprice_plan
UPDATE plan_subscriptions_plans
SET price_cents = %(price_cents)s, currency = %(currency)s, "interval" = %(interval)s
WHERE slug = %(slug)s

-- name: set_default
UPDATE plan_subscriptions_plans SET is_default = (slug = %(slug)s)

-- name: of_workspace
-- One row whether or not the workspace was ever heard of. It lives on its subscription's plan
-- while that gives access, else on the default one.
SELECT asked.workspace_id, plan.slug AS plan, plan.name AS plan_name, subscription.status,
    subscription.gateway, coalesce(lives.has_access, false) AS has_access,
    subscription.plan AS subscribed_plan, subscription.subscription_ref,
    subscription.customer_ref, subscription.checkout_id, subscription.price_cents,
    subscription.currency, subscription."interval", plan.price_cents AS current_price_cents,
    plan.currency AS current_currency, plan."interval" AS current_interval,
    coalesce(
        lives.has_access AND subscription.gateway IS NOT NULL
        AND (bought.price_cents, subscription.currency, subscription."interval")
            <> (plan.price_cents, plan.currency, plan."interval"), false) AS grandfathered,
    subscription.started_at, subscription.period_start, subscription.period_end,
    subscription.cancel_at, subscription.ended_at, subscription.next_plan,
    subscription.price_cents AS amount_cents, bought.price_cents AS unit_price_cents,
    subscription.quantity, subscription.interval_count,
    subscription.discounts -> 0 AS discount, subscription.discounts,
    subscription.trial_ends_at, subscription.paused, subscription.open_invoice,
    subscription.updated_at, CASE WHEN checkout.checkout_id IS NOT NULL THEN jsonb_build_object(
        'checkout_id', checkout.checkout_id, 'gateway', checkout.gateway, 'plan', checkout.plan,
        'url', checkout.url, 'expires_at', checkout.expires_at,
        'started_at', checkout.started_at) END AS checkout
FROM (SELECT %(workspace_id)s::text AS workspace_id) AS asked
LEFT JOIN plan_subscriptions AS subscription USING (workspace_id)
LEFT JOIN plan_subscriptions_checkouts AS checkout USING (workspace_id)
CROSS JOIN LATERAL (
    SELECT coalesce(subscription.unit_price_cents, subscription.price_cents) AS price_cents
) AS bought
CROSS JOIN LATERAL (SELECT subscription.status = ANY(%(access)s) AS has_access) AS lives
LEFT JOIN plan_subscriptions_plans AS plan ON
    CASE WHEN lives.has_access THEN plan.slug = subscription.plan ELSE plan.is_default END

-- name: row_of
SELECT * FROM plan_subscriptions WHERE workspace_id = %(workspace_id)s
