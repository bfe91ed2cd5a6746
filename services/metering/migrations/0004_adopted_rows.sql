-- Keys of messages in rows of their own go into runs too. `adopted`: up to which position of theirs
-- keys stand in this run and those before it. `last`: the position of the last such row.
ALTER TABLE metering_runs ADD COLUMN IF NOT EXISTS adopted bigint NOT NULL DEFAULT 0;
ALTER TABLE metering_message_rows ADD COLUMN IF NOT EXISTS last bigint NOT NULL DEFAULT 0;
UPDATE metering_message_rows
   SET last = coalesce((SELECT max(notification_id) FROM metering_events
                         WHERE topic = 'metering.MessageMetered'), 0)
 WHERE present;
