-- name: note_term
INSERT INTO usage_terms (kind, key, sequence, at, fact)
SELECT %(kind)s, %(key)s, %(sequence)s, %(at)s, %(fact)s::jsonb
 WHERE %(fact)s::jsonb IS DISTINCT FROM coalesce(
       (SELECT fact FROM usage_terms WHERE kind = %(kind)s AND key = %(key)s
         ORDER BY sequence DESC LIMIT 1), %(absent)s::jsonb)

-- name: take_of_quotas
INSERT INTO usage_quota_taken AS u (workspace, month, meter, amount)
SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[])
ON CONFLICT (workspace, month, meter) DO UPDATE SET amount = u.amount + excluded.amount

-- name: note_credited
INSERT INTO usage_credited (workspace, meter, since) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING

-- name: last_term
SELECT fact, sequence FROM usage_terms
 WHERE kind = %(kind)s AND key = %(key)s AND at < %(until)s ORDER BY sequence DESC LIMIT 1

-- name: plan_limits
-- Changes for new subscribers alone are not for those who came before.
SELECT fact FROM usage_terms
 WHERE kind = 'plan' AND key = %(key)s AND at < %(until)s
   AND (fact ->> 'apply_to' IS DISTINCT FROM 'new_subscribers' OR sequence < %(came)s)
 ORDER BY sequence DESC LIMIT 1

-- name: taken
SELECT meter, amount FROM usage_quota_taken
 WHERE workspace = %(workspace)s AND month = %(month)s

-- name: credited
SELECT meter FROM usage_credited WHERE workspace = %(workspace)s AND since <= %(month)s
