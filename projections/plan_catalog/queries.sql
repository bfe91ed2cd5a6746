-- name: create_plan
INSERT INTO plan_catalog (
    slug, name, family, price_cents, currency, "interval", monthly_conversations,
    monthly_messages, max_tokens_per_response, features, limits, contact_us, while_paused,
    is_active, is_default, created_at
) VALUES (
    %(slug)s, %(name)s, %(family)s, %(price_cents)s, %(currency)s, %(interval)s,
    %(monthly_conversations)s, %(monthly_messages)s, %(max_tokens_per_response)s, %(features)s,
    %(limits)s, %(contact_us)s, %(while_paused)s, %(is_active)s, %(is_default)s, %(created_at)s
)

-- name: rename
UPDATE plan_catalog SET name = %(name)s WHERE slug = %(slug)s

-- name: reprice
UPDATE plan_catalog
SET price_cents = %(price_cents)s, currency = %(currency)s, "interval" = %(interval)s
WHERE slug = %(slug)s

-- name: change_limits
UPDATE plan_catalog
SET family = %(family)s, monthly_conversations = %(monthly_conversations)s,
    monthly_messages = %(monthly_messages)s,
    max_tokens_per_response = %(max_tokens_per_response)s,
    features = %(features)s, limits = %(limits)s, contact_us = %(contact_us)s,
    while_paused = %(while_paused)s
WHERE slug = %(slug)s

-- name: change_sale_terms
UPDATE plan_catalog
SET per_unit = %(per_unit)s, trial_days = %(trial_days)s,
    trial_requires_card = %(trial_requires_card)s, prices = %(prices)s
WHERE slug = %(slug)s

-- name: set_active
UPDATE plan_catalog SET is_active = %(is_active)s WHERE slug = %(slug)s

-- name: set_default
UPDATE plan_catalog SET is_default = %(is_default)s WHERE slug = %(slug)s

-- name: set_sync
INSERT INTO plan_catalog_syncs (slug, gateway, state, reason, price_ref)
VALUES (%(slug)s, %(gateway)s, %(state)s, %(reason)s, %(price_ref)s)
ON CONFLICT (slug, gateway) DO UPDATE
SET state = EXCLUDED.state, reason = EXCLUDED.reason, price_ref = EXCLUDED.price_ref

-- name: synced
-- A price in another currency than the plan's own is not what its sync is about.
INSERT INTO plan_catalog_syncs (slug, gateway, state, price_ref)
SELECT slug, %(gateway)s, 'synced', %(price_ref)s FROM plan_catalog
WHERE slug = %(slug)s AND currency = %(currency)s
ON CONFLICT (slug, gateway) DO UPDATE
SET state = EXCLUDED.state, reason = NULL, price_ref = EXCLUDED.price_ref

-- name: fail_sync
-- What the gateway sold before is not forgotten.
INSERT INTO plan_catalog_syncs (slug, gateway, state, reason)
VALUES (%(slug)s, %(gateway)s, 'failed', %(reason)s)
ON CONFLICT (slug, gateway) DO UPDATE SET state = 'failed', reason = EXCLUDED.reason

-- name: unsettle
UPDATE plan_catalog_syncs SET state = 'pending', reason = NULL WHERE slug = %(slug)s

-- name: unsettle_if_paid
-- The name of a free plan concerns no gateway.
UPDATE plan_catalog_syncs SET state = 'pending', reason = NULL
WHERE slug = %(slug)s AND EXISTS (
    SELECT FROM plan_catalog WHERE slug = %(slug)s AND price_cents > 0
)

-- name: set_subscriber
INSERT INTO plan_catalog_subscribers (
    workspace_id, plan, price_cents, currency, "interval", has_access
) VALUES (
    %(workspace_id)s, %(plan)s, %(price_cents)s, %(currency)s, %(interval)s, %(has_access)s
)
ON CONFLICT (workspace_id) DO UPDATE
SET plan = EXCLUDED.plan, price_cents = EXCLUDED.price_cents, currency = EXCLUDED.currency,
    "interval" = EXCLUDED."interval", has_access = EXCLUDED.has_access

-- name: active_plans
-- What has to be asked for has no price to be shown.
SELECT slug, name, family, CASE WHEN NOT contact_us THEN price_cents END AS price_cents, currency,
    "interval", monthly_conversations, monthly_messages, max_tokens_per_response, features, limits,
    contact_us, while_paused, is_default, per_unit, trial_days, trial_requires_card,
    CASE WHEN contact_us THEN '{}' ELSE prices END AS prices
FROM plan_catalog
WHERE is_active

-- name: all_plans_page
-- A gateway that was never asked about a plan, but about another, is still to be asked.
WITH gateways AS (SELECT DISTINCT gateway FROM plan_catalog_syncs)
SELECT plan.*,
    (SELECT count(*) FROM plan_catalog_subscribers AS who
     WHERE who.plan = plan.slug AND who.has_access) AS subscribers,
    (SELECT count(*) FROM plan_catalog_subscribers AS who
     WHERE who.plan = plan.slug AND who.has_access
       AND (who.price_cents, who."interval") IS DISTINCT FROM
           (CASE who.currency WHEN plan.currency THEN plan.price_cents
            ELSE (plan.prices ->> who.currency)::bigint END, plan."interval")) AS grandfathered,
    (SELECT coalesce(jsonb_object_agg(gateways.gateway, jsonb_build_object(
        'state', coalesce(
            sync.state, CASE WHEN plan.price_cents = 0 THEN 'local_only' ELSE 'pending' END),
        'reason', sync.reason,
        'price_ref', sync.price_ref)), '{}')
     FROM gateways LEFT JOIN plan_catalog_syncs AS sync
         ON sync.gateway = gateways.gateway AND sync.slug = plan.slug) AS sync
FROM plan_catalog AS plan
WHERE slug COLLATE "C" > %(slug)s
ORDER BY slug COLLATE "C"
LIMIT %(rows)s
