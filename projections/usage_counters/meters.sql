-- name: count_meters
INSERT INTO usage_meter_days AS u (workspace, meter, day, dimension, value, amount)
SELECT * FROM unnest(%s::text[], %s::text[], %s::date[], %s::text[], %s::text[], %s::bigint[])
ON CONFLICT (workspace, day, meter, dimension, value)
DO UPDATE SET amount = u.amount + excluded.amount

-- name: known_values
SELECT workspace, meter, day, dimension, value FROM usage_meter_days
  JOIN unnest(%s::text[], %s::text[], %s::date[], %s::text[], %s::text[])
       AS k(workspace, meter, day, dimension, value)
 USING (workspace, meter, day, dimension, value)

-- name: values_of_days
SELECT workspace, meter, day, dimension, count(*) AS size FROM usage_meter_days
  JOIN unnest(%s::text[], %s::text[], %s::date[], %s::text[])
       AS k(workspace, meter, day, dimension)
 USING (workspace, meter, day, dimension)
 WHERE value <> '' GROUP BY 1, 2, 3, 4

-- name: meter_days
SELECT meter, day, amount FROM usage_meter_days
 WHERE workspace = %(workspace)s AND day >= %(start)s AND day < %(end)s AND dimension = ''
 ORDER BY meter, day

-- name: meter_values
SELECT meter, dimension, value, sum(amount)::bigint AS amount FROM usage_meter_days
 WHERE workspace = %(workspace)s AND day >= %(start)s AND day < %(end)s AND dimension <> ''
 GROUP BY 1, 2, 3 ORDER BY 1, 2, amount DESC, value LIMIT 1001
