-- Appends what was decided for accounts, and what it makes of them, in one transaction.
--
-- changes: [{workspace, meter, version (that the decisions were made of; 0: none yet), grants,
--   events: [[id, version, topic, state]], balances: [[name, amount]],
--   granted: [[id, number, amount, priority, expires_at, source]], ended: [[id, how]],
--   reserved: [[id, until]]}]
-- Of an account that has another version now nothing is written: it is a conflict, and decided
-- again. So no decision is made under the lock, and every one is exact.
CREATE OR REPLACE FUNCTION metering_events_append_accounts(changes json)
RETURNS TABLE (previous bigint, head bigint, conflicts bigint[]) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE change json; ordinal bigint; known bigint; recorded bigint;
BEGIN
    LOCK TABLE metering_events IN EXCLUSIVE MODE;
    previous := coalesce((SELECT max(notification_id) FROM metering_events), 0);
    head := previous;
    conflicts := '{}';
    FOR change, ordinal IN SELECT * FROM json_array_elements(changes) WITH ORDINALITY LOOP
        known := coalesce((SELECT version FROM metering_accounts
                            WHERE workspace = change ->> 'workspace'
                              AND meter = change ->> 'meter'), 0);
        IF known <> (change ->> 'version')::bigint THEN
            conflicts := conflicts || ordinal;
            CONTINUE;
        END IF;
        INSERT INTO metering_events
               (originator_id, originator_version, topic, state, notification_id)
        SELECT (e ->> 0)::uuid, (e ->> 1)::bigint, e ->> 2, convert_to(e ->> 3, 'UTF8'), head + n
          FROM json_array_elements(change -> 'events') WITH ORDINALITY AS events(e, n);
        GET DIAGNOSTICS recorded = ROW_COUNT;
        head := head + recorded;
        PERFORM metering_change_account(change, head);
        INSERT INTO metering_ledger (workspace, position, meter)
        SELECT change ->> 'workspace', n, change ->> 'meter'
          FROM generate_series(head - recorded + 1, head) AS n;
    END LOOP;
    IF head > previous THEN
        PERFORM setval('metering_events_notification_id_seq', head);
        NOTIFY metering_events;
    END IF;
    RETURN NEXT;
END $$;

CREATE OR REPLACE FUNCTION metering_change_account(change json, head bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE ws text := change ->> 'workspace'; slug text := change ->> 'meter';
BEGIN
    INSERT INTO metering_accounts AS a (workspace, meter, version, grants, position)
    VALUES (ws, slug, 1, (change ->> 'grants')::bigint, head)
    ON CONFLICT (workspace, meter) DO UPDATE
       SET version = a.version + 1, grants = excluded.grants, position = head;
    INSERT INTO metering_balances (workspace, meter, name, amount)
    SELECT ws, slug, b ->> 0, (b ->> 1)::bigint FROM json_array_elements(change -> 'balances') AS b
    ON CONFLICT (workspace, meter, name) DO UPDATE SET amount = excluded.amount;
    INSERT INTO metering_grants
           (workspace, meter, id, number, amount, priority, expires_at, source)
    SELECT ws, slug, g ->> 0, (g ->> 1)::bigint, (g ->> 2)::bigint, (g ->> 3)::int,
           (g ->> 4)::timestamptz, g ->> 5
      FROM json_array_elements(change -> 'granted') AS g;
    UPDATE metering_grants SET ended = e ->> 1
      FROM json_array_elements(change -> 'ended') AS e
     WHERE workspace = ws AND meter = slug AND id = e ->> 0;
    INSERT INTO metering_reservations (workspace, meter, id, expires_at)
    SELECT ws, slug, r ->> 0, (r ->> 1)::timestamptz
      FROM json_array_elements(change -> 'reserved') AS r
    ON CONFLICT (workspace, id, meter) DO UPDATE SET expires_at = excluded.expires_at;
END $$;
