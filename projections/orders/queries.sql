-- name: record_order
-- An event carries the whole purchase as it is after it; each time is that of the first such event.
INSERT INTO orders (
    purchase_id, position, workspace_id, addon, addon_name, price_cents, currency, status, gateway,
    charge_ref, decline_code, refunded_cents, refunding_cents, captured, dispute, buyer,
    buyer_email, buyer_name, started_at, paid_at, delivered_at, closed_at, paged_at, words
) VALUES (
    %(purchase_id)s, %(position)s, %(workspace_id)s, %(addon)s, %(addon_name)s, %(price_cents)s,
    %(currency)s, %(status)s, %(gateway)s, %(charge_ref)s, %(decline_code)s, %(refunded_cents)s,
    %(refunding_cents)s, %(captured)s, %(dispute)s, %(buyer)s, %(buyer_email)s, %(buyer_name)s, %(started_at)s,
    %(paid_at)s, %(delivered_at)s, %(closed_at)s, %(paged_at)s, %(words)s
)
ON CONFLICT (purchase_id) DO UPDATE SET
    status = EXCLUDED.status, charge_ref = EXCLUDED.charge_ref,
    decline_code = EXCLUDED.decline_code, refunded_cents = EXCLUDED.refunded_cents,
    refunding_cents = EXCLUDED.refunding_cents, captured = EXCLUDED.captured,
    dispute = EXCLUDED.dispute,
    paid_at = coalesce(orders.paid_at, EXCLUDED.paid_at),
    delivered_at = coalesce(orders.delivered_at, EXCLUDED.delivered_at),
    closed_at = CASE WHEN EXCLUDED.closed_at IS NOT NULL
        THEN coalesce(orders.closed_at, EXCLUDED.closed_at) END,
    paged_at = coalesce(orders.paged_at, EXCLUDED.paged_at),
    words = EXCLUDED.words

-- name: orders_page
-- `found`: the search words are in what is not sealed. With `also_sealed` the others come too,
-- because the caller opens their seals and looks there. `owed_cents`: what was taken for an order
-- that was closed, and did not go back yet; what a bank holds is not ours to give.
SELECT * FROM (
    SELECT *, %(words)s = '' OR strpos(words, %(words)s) > 0 AS found,
        CASE WHEN captured AND status IN ('cancelled', 'failed')
            THEN price_cents - refunded_cents - refunding_cents ELSE 0 END AS owed_cents
    FROM orders
    WHERE (%(status)s::text IS NULL OR status = %(status)s)
      AND (%(before)s::bigint IS NULL OR position < %(before)s)
) AS orders
WHERE (found OR %(also_sealed)s) AND (owed_cents > 0 OR NOT %(owed)s)
ORDER BY position DESC
LIMIT %(rows)s

-- name: totals
-- Paid is what is paid or delivered now, as it was priced; what was refunded of it in part is told
-- beside it. A month is that of the payment, in UTC.
SELECT currency,
    coalesce(sum(price_cents) FILTER (
        WHERE paid_at >= %(month_start)s AND paid_at < %(month_end)s), 0)::bigint
        AS paid_this_month_cents,
    sum(price_cents)::bigint AS paid_all_time_cents,
    sum(refunded_cents)::bigint AS partly_refunded_cents,
    count(*) AS orders
FROM orders
WHERE status IN ('paid', 'delivered')
GROUP BY currency
ORDER BY currency
