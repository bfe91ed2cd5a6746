-- name: receive
INSERT INTO webhook_inbox (
    gateway, webhook_id, position, last_position, workspace_id, webhook_type, subscription_ref,
    checkout_ref, charge_ref, customer_ref, state, occurred_at, received_at, changed_at,
    changed_by, words
) VALUES (
    %(gateway)s, %(webhook_id)s, %(position)s, %(position)s, %(workspace_id)s, %(webhook_type)s,
    %(subscription_ref)s, %(checkout_ref)s, %(charge_ref)s, %(customer_ref)s, 'received',
    %(occurred_at)s, %(recorded_at)s, %(recorded_at)s, %(actor)s, %(words)s
)
ON CONFLICT DO NOTHING

-- name: change
-- The last reason and number of attempts stay in sight while it is read again.
UPDATE webhook_inbox
SET state = %(state)s, reason = coalesce(%(reason)s, reason),
    attempts = coalesce(%(attempts)s, attempts), changed_at = %(recorded_at)s,
    changed_by = %(actor)s, last_position = %(position)s
WHERE gateway = %(gateway)s AND webhook_id = %(webhook_id)s AND last_position < %(position)s

-- name: webhooks_page
SELECT gateway, webhook_id, position, workspace_id, webhook_type, subscription_ref, checkout_ref,
    charge_ref, customer_ref, state, reason, attempts, occurred_at, received_at, changed_at,
    changed_by, 'billing:' || last_position AS event
FROM webhook_inbox
WHERE (%(state)s::text IS NULL OR state = %(state)s)
  AND (%(gateway)s::text IS NULL OR gateway = %(gateway)s)
  AND (%(workspace)s::text IS NULL OR workspace_id = %(workspace)s)
  AND (%(words)s = '' OR strpos(words, %(words)s) > 0)
  AND (%(before)s::bigint IS NULL OR position < %(before)s)
ORDER BY position DESC
LIMIT %(rows)s

-- name: totals
SELECT gateway, state, count(*) AS webhooks
FROM webhook_inbox
WHERE state IN ('retry', 'parked')
GROUP BY gateway, state
ORDER BY gateway, state
