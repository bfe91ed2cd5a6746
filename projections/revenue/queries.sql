-- name: standings
SELECT workspace_id, currency, cents, at, position FROM revenue_standings
WHERE workspace_id = ANY(%(workspaces)s)

-- name: stand
INSERT INTO revenue_standings (workspace_id, currency, cents, at, position)
VALUES (%(workspace_id)s, %(currency)s, %(cents)s, %(at)s, %(position)s)
ON CONFLICT (workspace_id) DO UPDATE
SET currency = EXCLUDED.currency, cents = EXCLUDED.cents, at = EXCLUDED.at,
    position = EXCLUDED.position

-- name: move
INSERT INTO revenue_movements (
    position, part, follows, workspace_id, kind, currency, before_cents, after_cents, plan,
    gateway, at, month
) VALUES (
    %(position)s, %(part)s, %(follows)s, %(workspace_id)s, %(kind)s, %(currency)s,
    %(before_cents)s, %(after_cents)s, %(plan)s, %(gateway)s, %(at)s, %(month)s
)

-- name: pay
-- By how much more an invoice is paid than before: it never gets less.
INSERT INTO revenue_money (
    position, kind, workspace_id, gateway, invoice_ref, currency, cents, at, month
)
SELECT %(position)s, 'payment', %(workspace_id)s, %(gateway)s, %(invoice_ref)s, %(currency)s,
    %(paid_cents)s - before.cents, %(at)s, %(month)s
FROM (
    SELECT coalesce(sum(cents), 0)::bigint AS cents FROM revenue_money
    WHERE gateway = %(gateway)s AND invoice_ref = %(invoice_ref)s AND kind = 'payment'
) AS before
WHERE before.cents < %(paid_cents)s

-- name: tell
-- An event that was applied already changes nothing.
INSERT INTO revenue_money (
    position, kind, workspace_id, gateway, invoice_ref, currency, cents, at, month
) VALUES (
    %(position)s, %(kind)s, %(workspace_id)s, %(gateway)s, %(invoice_ref)s, %(currency)s,
    %(cents)s, %(at)s, %(month)s
)
ON CONFLICT DO NOTHING

-- name: months
-- A row for each currency and month, from its first fact to the present one, whether or not
-- anything happened in it.
WITH moved AS (
    SELECT month, currency,
        coalesce(sum(after_cents - before_cents) FILTER (WHERE kind = 'new'), 0) AS new,
        coalesce(sum(after_cents - before_cents) FILTER (WHERE kind = 'expansion'), 0)
            AS expansion,
        coalesce(sum(after_cents - before_cents) FILTER (WHERE kind = 'contraction'), 0)
            AS contraction,
        coalesce(sum(after_cents - before_cents) FILTER (WHERE kind = 'churn'), 0) AS churn,
        coalesce(sum(after_cents - before_cents) FILTER (WHERE kind = 'reactivation'), 0)
            AS reactivation,
        sum(after_cents - before_cents) AS moved,
        count(*) FILTER (WHERE before_cents = 0) - count(*) FILTER (WHERE after_cents = 0)
            AS subscribers
    FROM revenue_movements GROUP BY month, currency
), money AS (
    SELECT month, currency,
        coalesce(sum(cents) FILTER (WHERE kind = 'payment'), 0) AS paid,
        count(*) FILTER (WHERE kind = 'payment_failed') AS failed_payments,
        coalesce(sum(cents) FILTER (WHERE kind = 'payment_failed'), 0) AS failed,
        coalesce(sum(cents) FILTER (WHERE kind = 'refund'), 0) AS refunded,
        coalesce(sum(cents) FILTER (WHERE kind = 'refund_failed'), 0) AS refund_failed,
        count(*) FILTER (WHERE kind = 'dispute_opened') AS disputes,
        coalesce(sum(cents) FILTER (WHERE kind = 'dispute_opened'), 0) AS disputed,
        coalesce(sum(cents) FILTER (WHERE kind = 'dispute_won'), 0) AS dispute_won,
        coalesce(sum(cents) FILTER (WHERE kind = 'dispute_lost'), 0) AS dispute_lost
    FROM revenue_money GROUP BY month, currency
), known AS (
    SELECT currency, min(month) AS first, max(month) AS last
    FROM (SELECT month, currency FROM moved UNION ALL SELECT month, currency FROM money) AS facts
    GROUP BY currency
), calendar AS (
    SELECT currency, month::date AS month
    FROM known, generate_series(first, greatest(last, %(present)s::date), interval '1 month')
        AS month
), shown AS (
    SELECT month, currency,
        sum(coalesce(moved, 0)) OVER months - coalesce(moved, 0) AS mrr_start_cents,
        coalesce(new, 0) AS new_cents, coalesce(expansion, 0) AS expansion_cents,
        coalesce(contraction, 0) AS contraction_cents, coalesce(churn, 0) AS churn_cents,
        coalesce(reactivation, 0) AS reactivation_cents,
        sum(coalesce(moved, 0)) OVER months AS mrr_cents,
        sum(coalesce(subscribers, 0)) OVER months AS subscribers,
        coalesce(paid, 0) AS paid_cents, coalesce(failed_payments, 0) AS failed_payments,
        coalesce(failed, 0) AS failed_cents, coalesce(refunded, 0) AS refunded_cents,
        coalesce(refund_failed, 0) AS refund_failed_cents, coalesce(disputes, 0) AS disputes,
        coalesce(disputed, 0) AS disputed_cents, coalesce(dispute_won, 0) AS dispute_won_cents,
        coalesce(dispute_lost, 0) AS dispute_lost_cents,
        coalesce(paid - refunded + refund_failed - disputed + dispute_won, 0) AS net_cents
    FROM calendar LEFT JOIN moved USING (month, currency) LEFT JOIN money USING (month, currency)
    WINDOW months AS (PARTITION BY currency ORDER BY month)
)
SELECT * FROM shown
WHERE (%(currency)s::text IS NULL OR currency = %(currency)s)
  AND (%(since)s::date IS NULL OR month >= %(since)s)
  AND (%(until)s::date IS NULL OR month <= %(until)s)
  AND (%(behind)s::date IS NULL OR month < %(behind)s
       OR month = %(behind)s AND currency > %(behind_currency)s)
ORDER BY month DESC, currency
LIMIT %(rows)s

-- name: movements_page
SELECT position, part, 'billing:' || position AS event, 'billing:' || follows AS follows,
    workspace_id, kind, currency, before_cents, after_cents,
    after_cents - before_cents AS change_cents, plan, gateway, at,
    to_char(month, 'YYYY-MM') AS month
FROM revenue_movements
WHERE (%(month)s::date IS NULL OR month = %(month)s)
  AND (%(currency)s::text IS NULL OR currency = %(currency)s)
  AND (%(kind)s::text IS NULL OR kind = %(kind)s)
  AND (%(workspace)s::text IS NULL OR workspace_id = %(workspace)s)
  AND (%(until)s::date IS NULL OR month <= %(until)s)
  AND (%(cohort)s::date IS NULL AND %(cohort_plan)s::text IS NULL
       OR (workspace_id, currency) IN (
           SELECT workspace_id, currency FROM (
               SELECT DISTINCT ON (workspace_id, currency) workspace_id, currency, month, plan
               FROM revenue_movements ORDER BY workspace_id, currency, position, part
           ) AS began
           WHERE (%(cohort)s::date IS NULL OR month = %(cohort)s)
             AND (%(cohort_plan)s::text IS NULL OR plan = %(cohort_plan)s)
       ))
  AND (%(behind)s::bigint IS NULL OR (position, part) < (%(behind)s, %(behind_part)s))
ORDER BY position DESC, part DESC
LIMIT %(rows)s

-- name: movements_of
SELECT 'billing:' || follows AS follows, workspace_id, kind, currency, before_cents, after_cents,
    after_cents - before_cents AS change_cents, plan, gateway, at,
    to_char(month, 'YYYY-MM') AS month
FROM revenue_movements WHERE position = %(position)s
ORDER BY part

-- name: payments_page
SELECT position, 'billing:' || position AS event, workspace_id, kind, currency,
    cents AS amount_cents, gateway, invoice_ref, at, to_char(month, 'YYYY-MM') AS month
FROM revenue_money
WHERE (%(month)s::date IS NULL OR month = %(month)s)
  AND (%(currency)s::text IS NULL OR currency = %(currency)s)
  AND (%(kind)s::text IS NULL OR kind = %(kind)s)
  AND (%(workspace)s::text IS NULL OR workspace_id = %(workspace)s)
  AND (%(behind)s::bigint IS NULL OR (position, kind) < (%(behind)s, %(behind_kind)s))
ORDER BY position DESC, kind DESC
LIMIT %(rows)s

-- name: cohorts
-- A workspace belongs, in each currency, to the month and plan of its first movement there: so all
-- cohorts add up to the revenue of that currency.
WITH began AS (
    SELECT DISTINCT ON (workspace_id, currency) workspace_id, currency, month AS cohort, plan,
        after_cents
    FROM revenue_movements ORDER BY workspace_id, currency, position, part
), shown AS (
    SELECT cohort, currency, plan, count(*) AS workspaces,
        sum(after_cents)::bigint AS started_cents
    FROM began
    WHERE (%(currency)s::text IS NULL OR currency = %(currency)s)
      AND (%(plan)s::text IS NULL OR plan = %(plan)s)
      AND (%(since)s::date IS NULL OR cohort >= %(since)s)
      AND (%(until)s::date IS NULL OR cohort <= %(until)s)
      AND (%(behind)s::date IS NULL OR cohort < %(behind)s
           OR cohort = %(behind)s
              AND (currency, plan) > (%(behind_currency)s, %(behind_plan)s))
    GROUP BY cohort, currency, plan
    ORDER BY cohort DESC, currency, plan
    LIMIT %(rows)s
), moved AS (
    SELECT cohort, currency, began.plan, month,
        count(*) FILTER (WHERE before_cents = 0)
            - count(*) FILTER (WHERE moves.after_cents = 0) AS subscribers,
        sum(moves.after_cents - before_cents)::bigint AS cents
    FROM began JOIN revenue_movements AS moves USING (workspace_id, currency)
    GROUP BY cohort, currency, began.plan, month
)
SELECT to_char(cohort, 'YYYY-MM') AS cohort, currency, plan, workspaces, started_cents,
    array_agg(to_char(month, 'YYYY-MM')) AS months, array_agg(subscribers) AS subscribers,
    array_agg(cents) AS cents
FROM shown JOIN moved USING (cohort, currency, plan)
GROUP BY shown.cohort, currency, plan, workspaces, started_cents
ORDER BY shown.cohort DESC, currency, plan
