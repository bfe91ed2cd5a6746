-- What happened to a workspace's accounts of declared meters.
CREATE INDEX IF NOT EXISTS audit_trail_accounts ON audit_trail (workspace, sequence)
    WHERE workspace <> ''
      AND type IN ('metering.UsageRecorded.v1', 'metering.UsageCorrected.v1',
                   'metering.UsageReserved.v1', 'metering.ReservationSettled.v1',
                   'metering.ReservationReleased.v1', 'metering.CreditsGranted.v1',
                   'metering.CreditsRevoked.v1', 'metering.CreditsExpired.v1');
