-- What there is in the schemas of all parts, a line each.
WITH ours AS (
    SELECT oid, nspname FROM pg_namespace WHERE nspname = ANY(%(schemas)s)
), relations AS (
    SELECT pg_class.*, nspname || '.' || relname AS label
      FROM pg_class JOIN ours ON ours.oid = relnamespace
), lines AS (
    SELECT label || ' ' || CASE relkind WHEN 'r' THEN 'table' WHEN 'S' THEN 'sequence'
           WHEN 'c' THEN 'type' ELSE 'relation ' || relkind::text END
           || coalesce(' with ' || array_to_string(reloptions, ' '), '') AS line
      FROM relations WHERE relkind NOT IN ('i', 'I', 't')
    UNION ALL
    SELECT label || ' column ' || attname || ' ' || format_type(atttypid, atttypmod)
           || CASE WHEN collname <> 'default' THEN ' collate ' || collname ELSE '' END
           || CASE WHEN attnotnull THEN ' not null' ELSE '' END
           || CASE WHEN attidentity <> '' THEN ' identity ' || attidentity::text ELSE '' END
           || coalesce(' default ' || pg_get_expr(adbin, adrelid), '')
      FROM relations JOIN pg_attribute ON attrelid = relations.oid
      LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
      LEFT JOIN pg_collation ON pg_collation.oid = attcollation
     WHERE relkind IN ('r', 'p', 'c', 'v') AND attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT label || ' constraint ' || conname || ' ' || pg_get_constraintdef(pg_constraint.oid)
      FROM relations JOIN pg_constraint ON conrelid = relations.oid WHERE contype <> 'n'
    UNION ALL
    SELECT label || ' index ' || pg_get_indexdef(indexrelid)
      FROM relations JOIN pg_index ON indrelid = relations.oid WHERE relkind IN ('r', 'p')
    UNION ALL
    SELECT nspname || '.' || proname || ' function (' || pg_get_function_identity_arguments(
           pg_proc.oid) || ') returns ' || pg_get_function_result(pg_proc.oid) || ' md5 '
           || md5(prosrc)
      FROM pg_proc JOIN ours ON ours.oid = pronamespace
)
SELECT line FROM lines ORDER BY line COLLATE "C"
