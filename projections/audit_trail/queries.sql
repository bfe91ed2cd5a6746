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

-- name: checkpoints_between
SELECT * FROM audit_trail_checkpoints
WHERE service = %(service)s AND last_sequence BETWEEN %(first)s AND %(last)s
