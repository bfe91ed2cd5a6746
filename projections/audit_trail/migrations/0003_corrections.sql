-- Corrections of messages and conversations, which are few among much usage.
CREATE INDEX IF NOT EXISTS audit_trail_corrections ON audit_trail (workspace, sequence)
    WHERE workspace <> ''
      AND type IN ('metering.MessageCorrected.v1', 'metering.ConversationCorrected.v1');
