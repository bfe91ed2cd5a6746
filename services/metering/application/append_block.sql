-- Whether one of the keys stands in a block that the caller has not seen. Many unseen blocks are
-- read by the caller itself, without the lock.
CREATE OR REPLACE FUNCTION metering_is_known_since(expected bigint, number bigint, ids bigint[])
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    -- A hashed subplan: what joins or compares with an array is quadratic under a generic plan.
    RETURN number > expected AND (number - expected > 500 OR EXISTS (
        SELECT FROM metering_events e, unnest(e.keys) AS k(key)
         WHERE e.originator_id = '00000000-0000-0000-0000-000000000000'
           AND e.originator_version > expected
           AND (k.key IN (SELECT unnest(ids))) IS TRUE));
END $$;

-- Of the exact facts those that find no room, in the order in which they stand. exact_of: ordinal
-- of the account.
CREATE OR REPLACE FUNCTION metering_beyond_limit(
    workspaces text[], metrics text[], months int[], limits bigint[], exact_at int[], exact_of int[]
) RETURNS int[] LANGUAGE plpgsql AS $$
BEGIN
    IF exact_at = '{}' THEN RETURN exact_at; END IF;
    RETURN coalesce((SELECT array_agg(at ORDER BY at) FROM (
        SELECT g.at, row_number() OVER (PARTITION BY g.account ORDER BY g.n) AS place,
               a.quota - coalesce(q.used, 0) - coalesce(q.held, 0) AS room
          FROM unnest(exact_at, exact_of) WITH ORDINALITY AS g(at, account, n)
          JOIN unnest(workspaces, metrics, months, limits) WITH ORDINALITY
               AS a(workspace, metric, month, quota, n) ON a.n = g.account
          LEFT JOIN metering_quotas q USING (workspace, metric, month)
         WHERE a.quota IS NOT NULL) queued
     WHERE place > room), '{}');
END $$;

-- Counts what a block adds to each account; accounts without an addition stay as they are.
CREATE OR REPLACE FUNCTION metering_count(
    workspaces text[], metrics text[], months int[], days int[], given int[], at bigint
) RETURNS TABLE (accounts bigint[], used bigint[], held bigint[], figures bigint[])
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    WITH grown AS (
        UPDATE metering_quotas q
           SET used = q.used + a.added, position = at, before = q.block, block = at
          FROM unnest(workspaces, metrics, months, days, given) WITH ORDINALITY
               AS a(workspace, metric, month, day, added, n)
         WHERE q.workspace = a.workspace AND q.metric = a.metric AND q.month = a.month
           AND a.added > 0
        RETURNING a.n, q.used, q.held, q.account, a.added, q.before, a.day)
    SELECT coalesce(array_agg(n), '{}'), coalesce(array_agg(g.used), '{}'),
           coalesce(array_agg(g.held), '{}'),
           array_agg(account) || array_agg(g.added) || array_agg(before) || array_agg(day)
      INTO accounts, used, held, figures FROM grown g;
    IF cardinality(accounts) < (SELECT count(*) FROM unnest(given) AS c WHERE c > 0) THEN
        SELECT * INTO accounts, used, held, figures FROM metering_count_first(
            workspaces, metrics, months, days, given, at, accounts, used, held, figures);
    END IF;
    RETURN NEXT;
END $$;

-- Adds the accounts that were not there to what was counted of those that were.
CREATE OR REPLACE FUNCTION metering_count_first(
    workspaces text[], metrics text[], months int[], days int[], given int[], at bigint,
    INOUT accounts bigint[], INOUT used bigint[], INOUT held bigint[], INOUT figures bigint[]
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE size int := coalesce(cardinality(figures) / 4, 0); f bigint[] := coalesce(figures, '{}');
BEGIN
    WITH lacking AS (
        SELECT * FROM unnest(workspaces, metrics, months, days, given) WITH ORDINALITY
                      AS a(workspace, metric, month, day, added, n)
         WHERE a.added > 0 AND NOT (a.n = ANY (accounts))
    ), fresh AS (
        INSERT INTO metering_quotas (workspace, metric, month, used, position, block)
        SELECT workspace, metric, month, added, at, at FROM lacking
        RETURNING workspace, metric, month, account)
    SELECT accounts || array_agg(n), used || array_agg(l.added::bigint),
           held || array_agg(0::bigint),
           f[1:size] || array_agg(account) || f[size + 1:2 * size] || array_agg(l.added::bigint)
           || f[2 * size + 1:3 * size] || array_agg(0::bigint)
           || f[3 * size + 1:] || array_agg(l.day::bigint)
      INTO accounts, used, held, figures
      FROM lacking l JOIN fresh USING (workspace, metric, month);
END $$;

-- Appends one block of facts, after those that find no room were refused, in one transaction.
--
-- ids and rest: key of each fact, distinct. `expected`: the last block that the caller has seen,
-- among whose keys and those before it none of the ids is. Where one stands in a later block, that
-- is a conflict: nothing is changed, and the caller reads on before it asks again.
-- Accounts: workspace, metric, month, day (0: several), limit (NULL: unlimited), facts given.
-- exact_at: indexes of facts that are only recorded within the limit of account exact_of.
--
-- The EXCLUSIVE lock makes log order commit order and every decision exact; readers pass.
CREATE OR REPLACE FUNCTION metering_events_append_block(
    expected bigint, attempt uuid, facts bytea, ids bigint[], rest bytea,
    workspaces text[], metrics text[], months int[], days int[], limits bigint[], given int[],
    exact_at int[], exact_of int[]
) RETURNS TABLE (
    previous bigint, head bigint,         -- of the log, before this call and after it
    number bigint, conflict boolean,      -- of the last block now
    refused bigint[],                     -- indexes
    accounts bigint[], used bigint[], held bigint[]  -- figures of the accounts that changed
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE log CONSTANT uuid := '00000000-0000-0000-0000-000000000000';
        beyond int[]; figures bigint[];
BEGIN
    LOCK TABLE metering_events IN EXCLUSIVE MODE;
    previous := coalesce((SELECT max(notification_id) FROM metering_events), 0);
    number := coalesce((SELECT max(originator_version) FROM metering_events
                         WHERE originator_id = log), 0);
    head := previous;
    conflict := metering_is_known_since(expected, number, ids);
    IF conflict THEN RETURN NEXT; RETURN; END IF;
    beyond := metering_beyond_limit(workspaces, metrics, months, limits, exact_at, exact_of);
    given := metering_less(given, exact_at, exact_of, beyond);
    refused := beyond;
    IF cardinality(beyond) < cardinality(ids) THEN
        head := setval('metering_events_notification_id_seq',
                       previous + cardinality(ids) - cardinality(beyond));
        number := number + 1;
        SELECT * INTO accounts, used, held, figures
          FROM metering_count(workspaces, metrics, months, days, given, head);
        INSERT INTO metering_events (originator_id, originator_version, topic, state,
               notification_id, count, refused, keys, rest, figures, attempt)
        VALUES (log, number, 'metering.UsageBlock', facts, head,
                cardinality(ids), nullif(beyond, '{}'), ids, rest, figures, attempt);
        NOTIFY metering_events;
    END IF;
    RETURN NEXT;
END $$;

-- What is given for each account without the exact facts that were refused.
CREATE OR REPLACE FUNCTION metering_less(given int[], exact_at int[], exact_of int[], beyond int[])
RETURNS int[] LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF beyond = '{}' THEN RETURN given; END IF;
    RETURN (SELECT array_agg(given[a] - (SELECT count(*)
                                           FROM unnest(exact_at, exact_of) AS g(at, account)
                                          WHERE g.account = a AND g.at = ANY (beyond))::int
                             ORDER BY a)
              FROM generate_subscripts(given, 1) AS a);
END $$;

-- What the block at a position counts for an account, and where the account's block before it is.
CREATE OR REPLACE FUNCTION metering_counted(at bigint, account bigint)
RETURNS TABLE (count bigint, before bigint, day bigint) LANGUAGE sql STABLE AS $$
    SELECT figures[size + n], figures[2 * size + n], figures[3 * size + n]
      FROM (SELECT figures, cardinality(figures) / 4 AS size,
                   array_position(figures[1:cardinality(figures) / 4], account) AS n
              FROM metering_events WHERE notification_id = at) AS block
$$;
