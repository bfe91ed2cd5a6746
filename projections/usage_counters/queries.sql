-- name: count_months
INSERT INTO usage_months AS u (workspace, metric, month, count)
SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[])
ON CONFLICT (workspace, month, metric) DO UPDATE SET count = u.count + excluded.count

-- name: count_days
INSERT INTO usage_days AS u (workspace, metric, day, agent, count)
SELECT * FROM unnest(%s::text[], %s::text[], %s::date[], %s::text[], %s::bigint[])
ON CONFLICT (workspace, day, metric, agent) DO UPDATE SET count = u.count + excluded.count

-- name: note_threshold
INSERT INTO usage_thresholds (workspace, metric, month, percent, used, quota, reached_at)
VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING

-- name: months
SELECT metric, count FROM usage_months
 WHERE workspace = %(workspace)s AND month = %(month)s

-- name: days
SELECT metric, day, sum(count)::bigint AS count FROM usage_days
 WHERE workspace = %(workspace)s AND day >= %(start)s AND day < %(end)s
 GROUP BY metric, day

-- name: agents
SELECT agent, metric, sum(count)::bigint AS count FROM usage_days
 WHERE workspace = %(workspace)s AND day >= %(start)s AND day < %(end)s AND agent <> ''
 GROUP BY agent, metric

-- name: thresholds
SELECT metric, percent, used, quota, reached_at FROM usage_thresholds
 WHERE workspace = %(workspace)s AND month = %(month)s ORDER BY reached_at, percent
