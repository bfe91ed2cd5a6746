"""Ordering keys that left events in the log, to be read again when they are free: a row each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from runtime.postgres.database import Cursor, Database
from services.notifications.domain.delivery import OrderingKey
from services.notifications.domain.overflow import Gap

OPEN = """
INSERT INTO webhook_gaps AS known (endpoint_id, service, key, workspace, sequence)
VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (endpoint_id, service, key) DO UPDATE
SET sequence = least(known.sequence, EXCLUDED.sequence)
"""
FREED = """
SELECT service, key, workspace, sequence FROM webhook_gaps AS gap
 WHERE endpoint_id = %s AND NOT EXISTS (
       SELECT FROM webhook_deliveries AS each
        WHERE each.endpoint_id = gap.endpoint_id AND each.service = gap.service
          AND each.key = gap.key AND each.state = 'waiting')
 ORDER BY sequence LIMIT 1
"""


class Gaps:
    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, endpoint: str) -> Mapping[OrderingKey, Gap]:
        rows = self._database.rows(
            "SELECT service, key, workspace, sequence FROM webhook_gaps WHERE endpoint_id = %s",
            (endpoint,),
        )
        found = [Gap(**row) for row in rows]
        return {each.ordering_key: each for each in found}

    def freed(self, endpoint: str) -> Gap | None:
        """One of whose key nothing waits any more."""
        rows = self._database.rows(FREED, (endpoint,))
        return Gap(**rows[0]) if rows else None

    @staticmethod
    def open(cursor: Cursor, endpoint: str, gaps: Sequence[Gap]) -> None:
        for gap in gaps:
            row = (endpoint, gap.service, gap.key, gap.workspace, gap.sequence)
            cursor.execute(OPEN.encode(), row)

    @staticmethod
    def close(cursor: Cursor, endpoint: str, gap: Gap) -> None:
        cursor.execute(
            "DELETE FROM webhook_gaps WHERE endpoint_id = %s AND service = %s AND key = %s",
            (endpoint, gap.service, gap.key),
        )
