-- name: accounts
-- Whatever moves units of an account's sources is told by its events. Of a grant that had ended by
-- then nothing is left, whether or not that was recorded.
WITH booked AS MATERIALIZED (
    SELECT data ->> 'meter' AS meter, data ->> 'month' AS month, type, data, sequence
      FROM audit_trail
     WHERE workspace = %(workspace)s AND workspace <> ''
       AND type IN ('metering.UsageRecorded.v1', 'metering.UsageCorrected.v1',
                    'metering.UsageReserved.v1', 'metering.ReservationSettled.v1',
                    'metering.ReservationReleased.v1', 'metering.CreditsGranted.v1',
                    'metering.CreditsRevoked.v1', 'metering.CreditsExpired.v1')
       AND occurred_at <= %(at)s AND recorded_at <= %(known_at)s
), parts AS (
    SELECT meter, month, part ->> 'source' AS source, -(part ->> 'amount')::bigint AS amount
      FROM booked, jsonb_array_elements(coalesce(data -> 'taken', data -> 'sources')) AS part
    UNION ALL
    SELECT meter, month, part ->> 'source', (part ->> 'amount')::bigint
      FROM booked, jsonb_array_elements(data -> 'returned') AS part
    UNION ALL
    SELECT meter, month, data ->> 'grant_id', (data ->> 'amount')::bigint - (data ->> 'repaid')::bigint
      FROM booked WHERE type = 'metering.CreditsGranted.v1'
    UNION ALL
    SELECT meter, month, 'overdrawn', (data ->> 'repaid')::bigint
      FROM booked WHERE type = 'metering.CreditsGranted.v1'
    UNION ALL
    SELECT meter, month, data ->> 'grant_id', -(data ->> 'amount')::bigint
      FROM booked WHERE type IN ('metering.CreditsRevoked.v1', 'metering.CreditsExpired.v1')
), grants AS (
    SELECT meter, data ->> 'grant_id' AS source FROM booked
     WHERE type = 'metering.CreditsGranted.v1'
       AND coalesce((data ->> 'expires_at')::timestamptz > %(at)s, true)
)
SELECT meter, 'metering:' || max(sequence) AS event,
       coalesce(sum(CASE type WHEN 'metering.UsageRecorded.v1' THEN (data ->> 'value')::bigint
                              WHEN 'metering.ReservationSettled.v1' THEN (data ->> 'value')::bigint
                              WHEN 'metering.UsageCorrected.v1'
                              THEN (data ->> 'value')::bigint - (data ->> 'before')::bigint END)
                FILTER (WHERE month = %(month)s), 0)::bigint AS used,
       coalesce(sum(CASE type WHEN 'metering.UsageReserved.v1' THEN (data ->> 'amount')::bigint
                              WHEN 'metering.ReservationSettled.v1' THEN -(data ->> 'reserved')::bigint
                              WHEN 'metering.ReservationReleased.v1'
                              THEN -(SELECT coalesce(sum((part ->> 'amount')::bigint), 0)
                                       FROM jsonb_array_elements((data -> 'returned')
                                                                 || (data -> 'lapsed')) AS part) END)
                FILTER (WHERE month = %(month)s), 0)::bigint AS reserved,
       coalesce((SELECT sum(parts.amount) FROM parts JOIN grants USING (meter, source)
                  WHERE parts.meter = booked.meter), 0)::bigint AS credits,
       -coalesce((SELECT sum(parts.amount) FROM parts
                   WHERE parts.meter = booked.meter AND source = 'overdrawn'
                     AND parts.month = %(month)s), 0)::bigint AS overdrawn,
       -coalesce((SELECT sum(parts.amount) FROM parts
                   WHERE parts.meter = booked.meter AND source = 'quota'
                     AND parts.month = %(month)s), 0)::bigint AS of_quota,
       bool_or(type = 'metering.CreditsGranted.v1') AS had_credits
  FROM booked
 GROUP BY meter ORDER BY meter

-- name: corrections_by_month
SELECT type, data ->> 'month' AS month,
       sum((data ->> 'value')::bigint - (data ->> 'before')::bigint)::bigint AS units
  FROM audit_trail
 WHERE workspace = %(workspace)s AND workspace <> ''
   AND type IN ('metering.MessageCorrected.v1', 'metering.ConversationCorrected.v1')
   AND occurred_at <= %(at)s AND recorded_at <= %(known_at)s
 GROUP BY 1, 2
