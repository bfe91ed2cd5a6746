-- Decides starts, releases and expiries of conversations one after the other, under the same lock.
--
-- action: start, playground, release, expire. account_of: ordinal of the account whose limit
-- (NULL: unlimited) decides a start. Outcomes:
--   start       started | held | metered | playground | refused
--   playground  playground | held | metered
--   release     released | metered | expired | playground | unknown
--   expire      expired | unchanged
CREATE OR REPLACE FUNCTION metering_events_append_holds(
    actions text[], conversations uuid[], streams uuid[], usage_ids text[], states bytea[],
    expiries timestamptz[], account_of int[],
    workspaces text[], months int[], limits bigint[], present timestamptz
) RETURNS TABLE (
    previous bigint, head bigint,
    outcomes text,              -- one a command, joined by commas
    expire_at bigint[],         -- of the hold after it, in microseconds of Unix time; 0: none
    accounts bigint[], used bigint[], held bigint[]
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    hold metering_holds;
    outcome text;
    said text[] := '{}';
    ends bigint[] := '{}';
    taken bigint;
    renewed boolean;
BEGIN
    LOCK TABLE metering_events IN EXCLUSIVE MODE;
    previous := coalesce((SELECT max(notification_id) FROM metering_events), 0);
    head := previous;
    INSERT INTO metering_quotas (workspace, metric, month)
    SELECT a.workspace, 'conversation', a.month
      FROM unnest(workspaces, months) AS a(workspace, month)
     WHERE NOT EXISTS (SELECT FROM metering_quotas q WHERE q.workspace = a.workspace
                          AND q.metric = 'conversation' AND q.month = a.month);

    FOR i IN 1 .. cardinality(actions) LOOP
        SELECT * INTO hold FROM metering_holds WHERE conversation = conversations[i];
        outcome := hold.status;
        renewed := hold.status = 'held' AND hold.expires_at <= present;
        IF outcome IS NULL AND EXISTS (
            SELECT FROM metering_events
             WHERE originator_id = conversations[i] AND originator_version = 1) THEN
            outcome := 'metered';
        END IF;

        IF actions[i] IN ('start', 'playground') THEN
            IF outcome IN ('metered', 'playground') OR (outcome = 'held' AND NOT renewed) THEN
                NULL;  -- nothing new starts
            ELSE
                outcome := CASE actions[i] WHEN 'start' THEN 'started' ELSE 'playground' END;
                IF outcome = 'started' THEN
                    SELECT q.used + q.held INTO taken FROM metering_quotas q
                     WHERE q.workspace = workspaces[account_of[i]] AND q.metric = 'conversation'
                       AND q.month = months[account_of[i]];
                    IF renewed AND hold.month = months[account_of[i]] THEN
                        taken := taken - 1;  -- its own expired hold
                    END IF;
                    IF taken >= limits[account_of[i]] THEN
                        outcome := 'refused';
                    END IF;
                END IF;
                IF outcome <> 'refused' THEN
                    INSERT INTO metering_events (originator_id, originator_version, topic, state)
                    VALUES (streams[i], coalesce(hold.version, 0) + 1,
                            CASE outcome WHEN 'started' THEN 'metering.ConversationStarted'
                                         ELSE 'metering.PlaygroundConversationStarted' END,
                            states[i])
                    RETURNING notification_id INTO head;
                    IF renewed THEN
                        UPDATE metering_quotas SET held = held - 1, position = head
                         WHERE workspace = hold.workspace AND metric = 'conversation'
                           AND month = hold.month;
                    END IF;
                    IF outcome = 'started' THEN
                        UPDATE metering_quotas SET held = held + 1, position = head
                         WHERE workspace = workspaces[account_of[i]] AND metric = 'conversation'
                           AND month = months[account_of[i]];
                    END IF;
                    INSERT INTO metering_holds
                    VALUES (conversations[i], streams[i], coalesce(hold.version, 0) + 1,
                            workspaces[account_of[i]], usage_ids[i], months[account_of[i]],
                            CASE outcome WHEN 'started' THEN 'held' ELSE outcome END, expiries[i])
                    ON CONFLICT (conversation) DO UPDATE
                    SET version = excluded.version, month = excluded.month,
                        status = excluded.status, expires_at = excluded.expires_at;
                    hold.expires_at := expiries[i];
                END IF;
            END IF;
        ELSIF hold.status = 'held' AND (actions[i] = 'release' OR renewed) THEN
            INSERT INTO metering_events (originator_id, originator_version, topic, state)
            VALUES (streams[i], hold.version + 1, 'metering.ConversationReleased',
                    metering_of_month(states[i], months[account_of[i]], hold.month))
            RETURNING notification_id INTO head;
            outcome := CASE actions[i] WHEN 'release' THEN 'released' ELSE 'expired' END;
            UPDATE metering_quotas SET held = held - 1, position = head
             WHERE workspace = hold.workspace AND metric = 'conversation' AND month = hold.month;
            UPDATE metering_holds SET status = outcome, version = hold.version + 1
             WHERE conversation = conversations[i];
        ELSIF actions[i] = 'expire' THEN
            outcome := 'unchanged';
        END IF;

        said := said || coalesce(outcome, 'unknown');
        ends := ends || CASE WHEN outcome IN ('started', 'held')
            THEN (extract(epoch FROM hold.expires_at) * 1000000)::bigint ELSE 0 END;
    END LOOP;

    IF head > previous THEN
        NOTIFY metering_events;
    END IF;
    outcomes := array_to_string(said, ',');
    expire_at := ends;
    SELECT array_agg(a.n), array_agg(q.used), array_agg(q.held) INTO accounts, used, held
      FROM unnest(workspaces, months) WITH ORDINALITY AS a(workspace, month, n)
      JOIN metering_quotas q
        ON q.workspace = a.workspace AND q.metric = 'conversation' AND q.month = a.month;
    RETURN NEXT;
END $$;
