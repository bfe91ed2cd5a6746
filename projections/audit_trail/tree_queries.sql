-- name: lock_tree
SELECT pg_advisory_xact_lock(hashtext('audit_log_tree:' || %(service)s))

-- name: last_stretch
SELECT growth, start + events AS size, last_sequence, edge
FROM audit_log_trees WHERE service = %(service)s
ORDER BY growth DESC, start DESC LIMIT 1

-- name: unplanted
-- What the ledger holds behind the tree.
SELECT sequence, digest, recorded_at FROM audit_trail
WHERE service = %(service)s AND sequence > %(after)s AND sequence <= %(upto)s
ORDER BY sequence LIMIT %(rows)s

-- name: add_stretch
INSERT INTO audit_log_trees (
    service, growth, start, events, last_sequence, sequences, leaves, edge, tile
) VALUES (
    %(service)s, %(growth)s, %(start)s, %(events)s, %(last_sequence)s, %(sequences)s, %(leaves)s,
    %(edge)s, %(tile)s
)

-- name: tiles
SELECT tile FROM audit_log_trees
WHERE service = %(service)s AND growth = %(growth)s AND tile IS NOT NULL
ORDER BY start

-- name: tile_leaves
SELECT leaves FROM audit_log_trees
WHERE service = %(service)s AND growth = %(growth)s
  AND start >= %(first)s AND start < %(behind)s
ORDER BY start

-- name: stretches
SELECT start, events, last_sequence, sequences, leaves FROM audit_log_trees
WHERE service = %(service)s AND growth = %(growth)s AND start + events > %(first)s
ORDER BY start LIMIT %(rows)s

-- name: stretch_of
SELECT start, events, sequences, leaves FROM audit_log_trees
WHERE service = %(service)s AND growth = %(growth)s AND last_sequence >= %(sequence)s
ORDER BY start LIMIT 1

-- name: leaves_by_workspace
SELECT sequence, workspace, digest, recorded_at FROM audit_trail
WHERE service = %(service)s AND sequence > %(after)s AND sequence <= %(upto)s
ORDER BY sequence LIMIT %(rows)s

-- name: workspace_map
SELECT key, events, hash, last_sequence FROM audit_workspace_maps WHERE service = %(service)s

-- name: forget_workspace_map
DELETE FROM audit_workspace_maps WHERE service = %(service)s

-- name: set_workspace_map
INSERT INTO audit_workspace_maps (service, key, events, hash, last_sequence)
VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (service, key) DO UPDATE SET
    events = EXCLUDED.events, hash = EXCLUDED.hash, last_sequence = EXCLUDED.last_sequence
