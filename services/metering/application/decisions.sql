-- name: usage_by_day
-- The rows of one workspace lie side by side in the primary key: nobody else's are read, and each is
-- decoded once.
WITH own AS MATERIALIZED (
    SELECT notification_id, convert_from(state, 'UTF8')::json AS event
      FROM metering_events
     WHERE originator_id BETWEEN %(first)s AND %(last)s AND topic = %(topic)s
       AND notification_id <= %(position)s
), told AS MATERIALIZED (
    SELECT notification_id, event ->> 'workspace' AS workspace, event ->> 'month' AS month,
           left(event ->> 'timestamp', 10) AS day
      FROM own)
SELECT day, count(*) AS count, min(notification_id) AS first, max(notification_id) AS last
  FROM told
 WHERE workspace = %(workspace)s AND month = %(month)s
 GROUP BY 1 ORDER BY 1

-- name: corrections_by_day
WITH own AS MATERIALIZED (
    SELECT convert_from(state, 'UTF8')::json AS event
      FROM metering_events
     WHERE originator_id BETWEEN %(first)s AND %(last)s AND topic = ANY (%(topics)s)
       AND notification_id <= %(position)s)
SELECT event ->> 'usage_day' AS day,
       sum((event ->> 'value')::int - (event ->> 'before')::int)::int AS units
  FROM own
 WHERE event ->> 'workspace' = %(workspace)s AND event ->> 'month' = %(month)s
 GROUP BY 1

-- name: open_holds
SELECT count(*) AS count
  FROM (SELECT DISTINCT ON (originator_id) topic, convert_from(state, 'UTF8')::jsonb AS event
          FROM metering_events
         WHERE originator_id BETWEEN %(first)s AND %(last)s
           AND topic IN ('metering.ConversationStarted', 'metering.ConversationReleased')
           AND notification_id <= %(position)s
         ORDER BY originator_id, originator_version DESC) latest
 WHERE topic = 'metering.ConversationStarted'
   AND event ->> 'workspace' = %(workspace)s AND event ->> 'month' = %(month)s
   AND event ->> 'usage_id' NOT IN (
        SELECT convert_from(state, 'UTF8')::jsonb ->> 'usage_id'
          FROM metering_events
         WHERE originator_id BETWEEN %(first)s AND %(last)s
           AND topic = 'metering.ConversationMetered' AND notification_id <= %(position)s)

-- name: workspace_plan
SELECT * FROM metering_workspace_plans
 WHERE workspace = %(workspace)s AND revision <= %(revision)s ORDER BY revision DESC LIMIT 1

-- name: default_plan
SELECT * FROM metering_default_plans
 WHERE revision <= %(revision)s ORDER BY revision DESC LIMIT 1

-- name: plan_limits
SELECT * FROM metering_plans
 WHERE slug = %(slug)s AND revision <= %(revision)s
   AND (limits ->> 'apply_to' IS DISTINCT FROM 'new_subscribers' OR revision < %(moved)s)
 ORDER BY revision DESC LIMIT 1

-- name: overrides
SELECT * FROM metering_overrides
 WHERE workspace = %(workspace)s AND revision <= %(revision)s ORDER BY revision DESC LIMIT 1

-- name: scales
SELECT scales FROM metering_scales
 WHERE slug = %(slug)s AND revision <= %(revision)s ORDER BY revision DESC LIMIT 1

-- name: quantity
SELECT quantity FROM metering_quantities
 WHERE workspace = %(workspace)s AND revision <= %(revision)s ORDER BY revision DESC LIMIT 1
