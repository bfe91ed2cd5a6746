-- Records first turns and notices, each in a row of its own, and counts those that are new, in one
-- transaction.
--
-- Events: id, topic, state, and the ordinal of the account that it counts for (0: none). Ids are
-- unique within a call. Accounts: workspace, metric, month, and events given for it.
--
-- The EXCLUSIVE lock makes log order commit order and every decision exact; readers pass.
CREATE OR REPLACE FUNCTION metering_events_append_usage(
    ids uuid[], topics text[], states bytea[], account_of int[],
    workspaces text[], metrics text[], months int[], given int[],
    has_conversations boolean, present timestamptz
) RETURNS TABLE (
    previous bigint,      -- head of the log before this call
    head bigint,          -- and after it
    inserted bytea,       -- ids that were recorded; NULL: all
    ignored bytea,        -- conversations that were started as a playground
    late bytea,           -- conversations whose hold had expired
    accounts bigint[], used bigint[], held bigint[]  -- figures of the accounts that changed
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    playground uuid[]; unwanted uuid[]; expired uuid[]; settled uuid[];
    look_first boolean; recorded int; moment timestamptz;
BEGIN
    LOCK TABLE metering_events IN EXCLUSIVE MODE;
    moment := clock_timestamp();
    previous := coalesce((SELECT max(notification_id) FROM metering_events), 0);

    IF has_conversations THEN
        SELECT array_agg(conversation) FILTER (WHERE status = 'playground'),
               array_agg(conversation) FILTER (
                   WHERE status = 'expired' OR (status = 'held' AND expires_at <= present)),
               array_agg(conversation) FILTER (WHERE status <> 'playground')
          INTO playground, expired, settled
          FROM metering_holds WHERE conversation = ANY (ids);
        IF expired IS NOT NULL THEN
            states := (SELECT array_agg(CASE WHEN id = ANY (expired) THEN metering_late(state)
                                             ELSE state END ORDER BY n)
                         FROM unnest(ids, states) WITH ORDINALITY AS g(id, state, n));
        END IF;
    END IF;

    -- Under the lock nobody else inserts: looking first is exact and costs less than ON CONFLICT,
    -- and positions can be counted. A look is a fifth of the whole, so a large group is looked up
    -- only when a sample shows a known event (who sends again sends the whole request again), or
    -- after it met one. The scalar subquery is a lookup by key, however the table grows.
    unwanted := coalesce(playground, '{}');
    look_first := cardinality(ids) < 200 OR EXISTS (
        SELECT FROM unnest(ids) WITH ORDINALITY AS g(id, n)
         WHERE n % 50 = 0
           AND (SELECT originator_version FROM metering_events e
                 WHERE e.originator_id = g.id AND e.originator_version = 1) IS NOT NULL);
    LOOP
        BEGIN
            INSERT INTO metering_events
                   (originator_id, originator_version, topic, state, notification_id, recorded_at)
            SELECT id, 1, topic, state, previous + n, moment
              FROM unnest(ids, topics, states) WITH ORDINALITY AS g(id, topic, state, n)
             WHERE (NOT look_first
                    OR (SELECT originator_version FROM metering_events e
                         WHERE e.originator_id = g.id AND e.originator_version = 1) IS NULL)
               AND (unwanted = '{}' OR NOT (id = ANY (unwanted)));
            GET DIAGNOSTICS recorded = ROW_COUNT;
            EXIT;
        EXCEPTION WHEN unique_violation THEN
            IF look_first THEN RAISE; END IF;
            look_first := true;
        END;
    END LOOP;

    ignored := (SELECT string_agg(uuid_send(id), '') FROM unnest(playground) id);
    IF recorded = 0 THEN
        head := previous;
        inserted := '';
        RETURN NEXT;
        RETURN;
    END IF;

    NOTIFY metering_events;
    head := setval('metering_events_notification_id_seq',
                   (SELECT max(notification_id) FROM metering_events));
    IF recorded < cardinality(ids) THEN
        inserted := (SELECT string_agg(uuid_send(originator_id), '')
                       FROM metering_events WHERE notification_id > previous);
        given := (SELECT array_agg(coalesce(c.count, 0) ORDER BY a.n)
                    FROM generate_subscripts(workspaces, 1) AS a(n)
                    LEFT JOIN (SELECT g.account, count(*)::int
                                 FROM unnest(ids, account_of) AS g(id, account)
                                 JOIN metering_events e
                                   ON e.originator_id = g.id AND e.originator_version = 1
                                WHERE e.notification_id > previous
                                GROUP BY g.account) c ON c.account = a.n);
    END IF;

    IF settled IS NOT NULL THEN
        late := (SELECT string_agg(uuid_send(id), '') FROM unnest(expired) id);
        WITH gone AS (DELETE FROM metering_holds WHERE conversation = ANY (settled) RETURNING *)
        UPDATE metering_quotas q SET held = q.held - g.count, position = head
          FROM (SELECT workspace, month, count(*) FROM gone WHERE status = 'held' GROUP BY 1, 2) g
         WHERE q.workspace = g.workspace AND q.metric = 'conversation' AND q.month = g.month;
    END IF;

    WITH grown AS (
        UPDATE metering_quotas q SET used = q.used + a.count, position = head
          FROM unnest(workspaces, metrics, months, given) WITH ORDINALITY
               AS a(workspace, metric, month, count, n)
         WHERE q.workspace = a.workspace AND q.metric = a.metric AND q.month = a.month
           AND a.count > 0
        RETURNING a.n, q.used, q.held
    )
    SELECT array_agg(n), array_agg(g.used), array_agg(g.held) INTO accounts, used, held
      FROM grown g;
    IF coalesce(cardinality(accounts), 0) < (SELECT count(*) FROM unnest(given) c WHERE c > 0)
       OR settled IS NOT NULL THEN
        -- First use of an account in its month, or holds of accounts that did not grow.
        INSERT INTO metering_quotas AS q (workspace, metric, month, used, position)
        SELECT a.workspace, a.metric, a.month, a.count, head
          FROM unnest(workspaces, metrics, months, given) WITH ORDINALITY
               AS a(workspace, metric, month, count, n)
         WHERE a.count > 0 AND NOT (a.n = ANY (coalesce(accounts, '{}')))
        ON CONFLICT (workspace, metric, month) DO UPDATE
        SET used = q.used + excluded.used, position = excluded.position;
        SELECT array_agg(a.n), array_agg(q.used), array_agg(q.held) INTO accounts, used, held
          FROM unnest(workspaces, metrics, months) WITH ORDINALITY
               AS a(workspace, metric, month, n)
          JOIN metering_quotas q USING (workspace, metric, month)
         WHERE q.position = head;
    END IF;
    RETURN NEXT;
END $$;
