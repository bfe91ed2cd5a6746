-- name: count_meter_months
INSERT INTO usage_meter_months AS u (workspace, month, meter, amount)
SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[])
ON CONFLICT (workspace, month, meter) DO UPDATE SET amount = u.amount + excluded.amount

-- name: note_near
INSERT INTO usage_near AS u (workspace, month, meter, percent, used, quota, reached_at)
VALUES (%s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (month, workspace, meter) DO UPDATE SET percent = excluded.percent,
    used = excluded.used, quota = excluded.quota, reached_at = excluded.reached_at
WHERE (excluded.reached_at, excluded.percent) > (u.reached_at, u.percent)

-- name: note_workspace
INSERT INTO usage_workspaces AS u (workspace, changed_at) VALUES (%s, %s)
ON CONFLICT (workspace) DO UPDATE SET changed_at = greatest(u.changed_at, excluded.changed_at)

-- name: overview
-- What was reached before the workspace's plan changed was reached of another quota.
WITH metered AS (
    SELECT workspace FROM usage_months WHERE month = %(month)s AND workspace > %(behind)s
    UNION SELECT workspace FROM usage_meter_months WHERE month = %(month)s AND workspace > %(behind)s
), near AS (
    SELECT n.workspace, max(n.percent) AS percent,
           jsonb_agg(jsonb_build_object('meter', n.meter, 'percent', n.percent, 'used', n.used,
               'quota', n.quota, 'reached_at', n.reached_at) ORDER BY n.meter) AS reached
      FROM usage_near n LEFT JOIN usage_workspaces w USING (workspace)
     WHERE n.month = %(month)s AND (w.changed_at IS NULL OR n.reached_at >= w.changed_at)
       AND n.workspace > %(behind)s
     GROUP BY n.workspace
)
SELECT m.workspace AS workspace_id, w.workspace IS NOT NULL AS is_known,
       coalesce((SELECT sum(count) FROM usage_months u WHERE u.workspace = m.workspace
                  AND u.month = %(month)s AND u.metric = 'conversation'), 0)::bigint AS conversations,
       coalesce((SELECT sum(count) FROM usage_months u WHERE u.workspace = m.workspace
                  AND u.month = %(month)s AND u.metric = 'message'), 0)::bigint AS messages,
       coalesce((SELECT jsonb_object_agg(u.meter, u.amount) FROM usage_meter_months u
                  WHERE u.workspace = m.workspace AND u.month = %(month)s), '{}') AS meters,
       coalesce(near.reached, '[]') AS near
  FROM metered m
  LEFT JOIN usage_workspaces w USING (workspace)
  LEFT JOIN near USING (workspace)
 WHERE (%(near)s::int IS NULL OR near.percent >= %(near)s)
   AND (%(known)s::boolean IS NULL OR (w.workspace IS NOT NULL) = %(known)s)
   AND (%(words)s = '' OR strpos(lower(m.workspace), %(words)s) > 0)
 ORDER BY m.workspace LIMIT %(rows)s
