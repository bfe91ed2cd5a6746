-- name: record_purchase
-- An event carries the whole purchase as it is after it; only the steps add up.
INSERT INTO purchase_history (
    purchase_id, position, workspace_id, addon, addon_name, price_cents, currency, status, blocks,
    gateway, charge_ref, confirmation_url, decline_code, refunded_cents, refunding_cents, buyer,
    buyer_email, buyer_name, started_at, paid_at, delivered_at, steps
) VALUES (
    %(purchase_id)s, %(position)s, %(workspace_id)s, %(addon)s, %(addon_name)s, %(price_cents)s,
    %(currency)s, %(status)s, %(blocks)s, %(gateway)s, %(charge_ref)s, %(confirmation_url)s,
    %(decline_code)s, %(refunded_cents)s, %(refunding_cents)s, %(buyer)s, %(buyer_email)s,
    %(buyer_name)s, %(started_at)s, %(paid_at)s, %(delivered_at)s, %(steps)s
)
ON CONFLICT (purchase_id) DO UPDATE SET
    status = EXCLUDED.status, blocks = EXCLUDED.blocks, charge_ref = EXCLUDED.charge_ref,
    confirmation_url = EXCLUDED.confirmation_url, decline_code = EXCLUDED.decline_code,
    refunded_cents = EXCLUDED.refunded_cents, refunding_cents = EXCLUDED.refunding_cents,
    paid_at = coalesce(purchase_history.paid_at, EXCLUDED.paid_at),
    delivered_at = coalesce(purchase_history.delivered_at, EXCLUDED.delivered_at),
    steps = purchase_history.steps || EXCLUDED.steps

-- name: purchases_page
SELECT * FROM purchase_history
WHERE workspace_id = %(workspace)s AND (%(before)s::bigint IS NULL OR position < %(before)s)
ORDER BY position DESC
LIMIT %(rows)s
