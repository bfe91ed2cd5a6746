-- name: append
COPY audit_trail (
    service, sequence, stream, version, type, workspace, key, actor, correlation_id, causation_id,
    occurred_at, recorded_at, data, digest, hash
) FROM STDIN

-- name: chain
SELECT * FROM audit_trail_chains WHERE service = %(service)s

-- name: set_chain
INSERT INTO audit_trail_chains (
    service, events, sequence, hash, frontier, open_from, checkpoints, checkpoint_hash
) VALUES (
    %(service)s, %(events)s, %(sequence)s, %(hash)s, %(frontier)s, %(open_from)s, %(checkpoints)s,
    %(checkpoint_hash)s
)
ON CONFLICT (service) DO UPDATE
SET events = EXCLUDED.events, sequence = EXCLUDED.sequence, hash = EXCLUDED.hash,
    frontier = EXCLUDED.frontier, open_from = EXCLUDED.open_from,
    checkpoints = EXCLUDED.checkpoints, checkpoint_hash = EXCLUDED.checkpoint_hash

-- name: add_checkpoint
INSERT INTO audit_trail_checkpoints (
    service, number, events, first_sequence, last_sequence, root, chain, previous, hash, signature
) VALUES (
    %(service)s, %(number)s, %(events)s, %(first_sequence)s, %(last_sequence)s, %(root)s,
    %(chain)s, %(previous)s, %(hash)s, %(signature)s
)

-- name: list
-- One service's events behind `after`, filtered; callers merge the services by recorded_at.
-- `cause` is a request's or webhook's name, with or without its prefix, or an event's id.
SELECT * FROM audit_trail
WHERE service = %(service)s AND sequence > %(after)s
  {conditions}
ORDER BY sequence
LIMIT %(rows)s

-- name: usage_between
-- How much usage was recorded between the moments of `edges`, by the number of edges before it.
SELECT width_bucket(recorded_at, %(edges)s::timestamptz[]) AS place, type, count(*) AS events,
    min(recorded_at) AS first_at, max(recorded_at) AS last_at
FROM audit_trail
WHERE workspace = %(workspace)s AND workspace <> '' AND service = 'metering'
  AND type = ANY(%(types)s)
  AND recorded_at > %(since)s AND recorded_at <= %(until)s
GROUP BY place, type
ORDER BY place, min(sequence)

-- name: recorded
SELECT * FROM audit_trail
WHERE service = %(service)s AND sequence > %(after)s AND sequence <= %(upto)s
ORDER BY sequence

-- name: recorded_digests
SELECT sequence, digest, recorded_at FROM audit_trail
WHERE service = %(service)s AND sequence > %(after)s AND sequence <= %(upto)s
ORDER BY sequence

-- name: checkpoints_between
SELECT * FROM audit_trail_checkpoints
WHERE service = %(service)s AND last_sequence BETWEEN %(first)s AND %(last)s

-- name: last_subscription
SELECT service || ':' || sequence AS event, data -> 'subscription' AS subscription
FROM audit_trail
WHERE workspace = %(workspace)s AND workspace <> '' AND service = 'billing'
  AND type = ANY(%(types)s) AND occurred_at <= %(at)s AND recorded_at <= %(known_at)s
ORDER BY sequence DESC
LIMIT 1

-- name: purchases
-- Each as the last event of it told.
SELECT DISTINCT ON (data -> 'purchase' ->> 'purchase_id')
    service || ':' || sequence AS event, data -> 'purchase' AS purchase
FROM audit_trail
WHERE workspace = %(workspace)s AND workspace <> '' AND service = 'addons'
  AND type = ANY(%(types)s) AND occurred_at <= %(at)s AND recorded_at <= %(known_at)s
ORDER BY data -> 'purchase' ->> 'purchase_id', sequence DESC

-- name: usage_by_month
-- The month of a usage event is the UTC month in which it happened. Cells that lie inside both
-- bounds are added up; those that a bound cuts through are counted in the ledger itself.
WITH cells AS MATERIALIZED (
    SELECT type, hour, recorded_hour, events, first_sequence, last_sequence,
        last_at <= %(at)s AND last_recorded <= %(known_at)s AS inside
    FROM audit_trail_usage
    WHERE workspace = %(workspace)s AND type = ANY(%(types)s)
      AND first_at <= %(at)s AND first_recorded <= %(known_at)s
), counted AS (
    SELECT type, hour, events FROM cells WHERE inside
    UNION ALL
    SELECT cell.type, cell.hour, cut.events
    FROM cells AS cell CROSS JOIN LATERAL (
        SELECT count(*) AS events FROM audit_trail AS entry
        WHERE entry.workspace = %(workspace)s AND entry.workspace <> ''
          AND entry.service = 'metering'
          AND entry.sequence BETWEEN cell.first_sequence AND cell.last_sequence
          AND entry.type = cell.type AND entry.occurred_at <= %(at)s
          AND entry.recorded_at <= %(known_at)s
          AND entry.occurred_at >= cell.hour
          AND entry.occurred_at < cell.hour + interval '1 hour'
          AND entry.recorded_at >= cell.recorded_hour
          AND entry.recorded_at < cell.recorded_hour + interval '1 hour'
    ) AS cut
    WHERE NOT cell.inside
)
SELECT to_char(hour AT TIME ZONE 'UTC', 'YYYY-MM') AS month, type, sum(events)::bigint AS events
FROM counted
WHERE events > 0
GROUP BY 1, 2
ORDER BY 1

-- name: add_usage
-- Counts what was just appended; the rows are still in memory.
INSERT INTO audit_trail_usage (
    workspace, type, hour, recorded_hour, events, first_at, last_at, first_recorded, last_recorded,
    first_sequence, last_sequence
)
SELECT workspace, type, date_trunc('hour', occurred_at, 'UTC'),
    date_trunc('hour', recorded_at, 'UTC'), count(*), min(occurred_at), max(occurred_at),
    min(recorded_at), max(recorded_at), min(sequence), max(sequence)
FROM audit_trail
WHERE service = 'metering' AND sequence BETWEEN %(first)s AND %(last)s AND type = ANY(%(types)s)
GROUP BY 1, 2, 3, 4
ORDER BY 1, 2, 3, 4
ON CONFLICT (workspace, type, hour, recorded_hour) DO UPDATE
SET events = audit_trail_usage.events + EXCLUDED.events,
    first_at = least(audit_trail_usage.first_at, EXCLUDED.first_at),
    last_at = greatest(audit_trail_usage.last_at, EXCLUDED.last_at),
    first_recorded = least(audit_trail_usage.first_recorded, EXCLUDED.first_recorded),
    last_recorded = greatest(audit_trail_usage.last_recorded, EXCLUDED.last_recorded),
    last_sequence = EXCLUDED.last_sequence

-- name: held
-- Conversations of this month whose first turn was not complete and whose hold had not run out. No
-- hold is longer than a day.
SELECT count(*) AS held
FROM audit_trail AS start
WHERE start.workspace = %(workspace)s AND start.type = 'metering.ConversationStarted.v1'
  AND left(start.data ->> 'hold_expires_at', 19) BETWEEN %(from_second)s AND %(to_second)s
  AND (start.data ->> 'hold_expires_at')::timestamptz > %(at)s
  AND start.occurred_at <= %(at)s AND start.recorded_at <= %(known_at)s
  AND start.data ->> 'month' = %(month)s
  AND NOT EXISTS (
    SELECT FROM audit_trail AS later
    WHERE later.workspace = %(workspace)s
      AND later.type IN ('metering.ConversationMetered.v1', 'metering.ConversationReleased.v1')
      AND later.data ->> 'usage_id' = start.data ->> 'usage_id'
      AND later.sequence > start.sequence
      AND later.occurred_at <= %(at)s AND later.recorded_at <= %(known_at)s
  )

-- name: plan_limits
SELECT service || ':' || sequence AS event, key AS plan, data AS given
FROM audit_trail
WHERE workspace = '' AND service = 'billing' AND type = ANY(%(types)s) AND key = %(slug)s
  AND (data ->> 'apply_to' IS DISTINCT FROM 'new_subscribers' OR sequence < %(came)s)
  AND occurred_at <= %(at)s AND recorded_at <= %(known_at)s
ORDER BY sequence DESC
LIMIT 1

-- name: scales
-- Which limits of a plan are those of one unit.
SELECT coalesce(data -> 'per_unit' -> 'scales', '[]') AS scales
FROM audit_trail
WHERE workspace = '' AND service = 'billing' AND type = %(type)s AND key = %(slug)s
  AND occurred_at <= %(at)s AND recorded_at <= %(known_at)s
ORDER BY sequence DESC
LIMIT 1

-- name: overrides
SELECT data AS overrides
FROM audit_trail
WHERE workspace = %(workspace)s AND workspace <> '' AND service = 'billing' AND type = %(type)s
  AND occurred_at <= %(at)s AND recorded_at <= %(known_at)s
ORDER BY sequence DESC
LIMIT 1

-- name: came_to_plan
-- When the workspace came to the plan that it lives on: what changed later for new subscribers
-- alone is not for it.
WITH told AS (
    SELECT sequence, data -> 'subscription' ->> 'plan' = %(slug)s
           AND data -> 'subscription' ->> 'status' = ANY(%(access)s) AS lives
    FROM audit_trail
    WHERE workspace = %(workspace)s AND workspace <> '' AND service = 'billing'
      AND type = ANY(%(types)s) AND occurred_at <= %(at)s AND recorded_at <= %(known_at)s
)
SELECT min(sequence) AS came FROM told
WHERE sequence > coalesce((SELECT max(sequence) FROM told WHERE NOT lives), 0)

-- name: default_plan
SELECT key AS slug
FROM audit_trail
WHERE workspace = '' AND service = 'billing' AND type = ANY(%(types)s)
  AND coalesce((data ->> 'is_default')::boolean, true)
  AND occurred_at <= %(at)s AND recorded_at <= %(known_at)s
ORDER BY sequence DESC
LIMIT 1

-- name: caused
-- From a request, a webhook or an event to everything that followed of it. `depth` counts the
-- events between. Each half of a condition repeats that of its partial index.
WITH RECURSIVE caused AS (
    SELECT service, sequence, 0 AS depth FROM audit_trail
    WHERE (stream = %(cause)s AND service <> 'metering')
       OR (correlation_id = %(request)s AND correlation_id <> '')
       OR (causation_id = %(cause)s AND causation_id NOT LIKE 'request:%%')
       OR (service = %(service)s AND sequence = %(sequence)s)
    UNION
    SELECT later.service, later.sequence, caused.depth + 1
    FROM caused JOIN audit_trail AS later
        ON later.causation_id = caused.service || ':' || caused.sequence
       AND later.causation_id NOT LIKE 'request:%%'
), nearest AS (
    SELECT service, sequence, min(depth) AS depth FROM caused GROUP BY service, sequence
)
SELECT audit_trail.*, nearest.depth
FROM nearest JOIN audit_trail USING (service, sequence)
WHERE sequence > coalesce((%(after)s::jsonb ->> service)::bigint, 0)
ORDER BY recorded_at, service, sequence
LIMIT %(rows)s

-- name: at_positions
SELECT * FROM audit_trail WHERE service = %(service)s AND sequence = ANY(%(sequences)s)
ORDER BY sequence

-- name: purchase
SELECT data -> 'purchase' AS purchase
FROM audit_trail
WHERE service = 'addons' AND type = ANY(%(types)s)
  AND data -> 'purchase' ->> 'purchase_id' = %(purchase)s
ORDER BY sequence DESC
LIMIT 1

-- name: invoice
SELECT data -> 'invoice' AS invoice
FROM audit_trail
WHERE service = 'billing' AND stream = %(stream)s
ORDER BY sequence DESC
LIMIT 1

-- name: count_workspace
SELECT count(*) AS events FROM audit_trail WHERE workspace = %(workspace)s AND workspace <> ''

-- name: workspaces
-- From each to the next in the index: there are many more events than workspaces.
WITH RECURSIVE seen AS (
    (SELECT workspace FROM audit_trail WHERE workspace <> '' ORDER BY workspace LIMIT 1)
    UNION ALL
    SELECT (SELECT next.workspace FROM audit_trail AS next
            WHERE next.workspace <> '' AND next.workspace > seen.workspace
            ORDER BY next.workspace LIMIT 1)
    FROM seen WHERE seen.workspace IS NOT NULL
)
SELECT workspace FROM seen WHERE workspace IS NOT NULL

-- name: keys
SELECT DISTINCT key FROM audit_trail WHERE workspace = '' AND type = %(type)s ORDER BY key

-- name: workspace_batch
SELECT * FROM audit_trail
WHERE workspace = %(workspace)s AND workspace <> '' AND service = %(service)s
  AND sequence > %(after)s
ORDER BY sequence
LIMIT %(rows)s

-- name: all_checkpoints
SELECT * FROM audit_trail_checkpoints WHERE service = %(service)s ORDER BY number

-- name: digests
SELECT sequence, digest, recorded_at FROM audit_trail
WHERE service = %(service)s AND sequence BETWEEN %(first)s AND %(last)s
ORDER BY sequence

-- name: facts
SELECT service, sequence, type, workspace, key, occurred_at, recorded_at,
    data ->> 'month' AS month,
    coalesce((data ->> 'value')::bigint - (data ->> 'before')::bigint, 1) AS units,
    data -> 'subscription' ->> 'plan' AS plan,
    data -> 'subscription' ->> 'status' AS status,
    coalesce((data ->> 'is_default')::boolean, false) AS is_default,
    CASE WHEN data ? 'meter' OR data ? 'overdraft' OR data ? 'quotas' THEN data END AS data
FROM audit_trail
WHERE service = %(service)s AND type = ANY(%(types)s) AND sequence > %(after)s
ORDER BY sequence
LIMIT %(rows)s

-- name: hash_at
SELECT hash FROM audit_trail WHERE service = %(service)s AND sequence = %(sequence)s

-- name: last_heads
SELECT DISTINCT ON (service) * FROM audit_heads ORDER BY service, at DESC

-- name: heads_between
SELECT * FROM audit_heads
WHERE service = %(service)s AND events > %(above)s AND events < %(below)s

-- name: reseals
SELECT * FROM audit_heads WHERE reason <> ''

-- name: add_head
INSERT INTO audit_heads (service, at, events, sequence, chain, root, workspaces, key_id, signature, reason)
VALUES (
    %(service)s, %(at)s, %(events)s, %(sequence)s, %(chain)s, %(root)s, %(workspaces)s, %(key_id)s,
    %(signature)s, %(reason)s
)
ON CONFLICT DO NOTHING

-- name: last_receipts
SELECT DISTINCT ON (service) service, at FROM audit_receipts WHERE witness = %(witness)s
ORDER BY service, at DESC

-- name: add_receipt
INSERT INTO audit_receipts (witness, service, at, answer)
VALUES (%(witness)s, %(service)s, %(at)s, %(answer)s) ON CONFLICT DO NOTHING

-- name: receipts
SELECT head.*, receipt.witness, receipt.answer
FROM audit_receipts AS receipt JOIN audit_heads AS head USING (service, at)
WHERE %(witness)s IN ('', receipt.witness) ORDER BY at, service, witness
