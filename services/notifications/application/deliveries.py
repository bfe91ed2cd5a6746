"""What was sent to each endpoint, and what waits to be sent again: a row an event and endpoint.

`waiting` → `delivered`, or `failed` when patience ended. Only what waits keeps its body.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from runtime.postgres.database import Cursor, Database, Row
from services.notifications.domain.delivery import Message, OrderingKey

KEPT = timedelta(days=30)
LONGEST_ERROR = 300
DUE = """
WITH heads AS (
    SELECT DISTINCT ON (service, key) service, key, attempts, again_at
      FROM webhook_deliveries WHERE endpoint_id = %(endpoint)s AND state = 'waiting'
     ORDER BY service, key, sequence
), chosen AS (
    SELECT service, key, attempts FROM heads
     WHERE %(now)s::timestamptz IS NULL OR again_at IS NULL OR again_at <= %(now)s
     ORDER BY attempts, again_at NULLS FIRST LIMIT %(keys)s
)
SELECT service, sequence, event_type, key, workspace, body, waiting.attempts, first_at
  FROM webhook_deliveries AS waiting JOIN chosen USING (service, key)
 WHERE endpoint_id = %(endpoint)s AND state = 'waiting'
 ORDER BY chosen.attempts, service, sequence LIMIT %(limit)s
"""
FAILING = """
SELECT count(DISTINCT (service, key)) AS keys
  FROM webhook_deliveries WHERE endpoint_id = %s AND state = 'waiting' AND attempts > 0
"""
PUT_OFF = """
SELECT DISTINCT service, key FROM webhook_deliveries
 WHERE endpoint_id = %s AND state = 'waiting' AND again_at > %s
"""
KEEP = """
INSERT INTO webhook_deliveries
       (endpoint_id, service, sequence, event_type, key, workspace, state, attempts, first_at,
        last_at, again_at, status, latency_ms, error, body)
SELECT %(endpoint)s, * FROM unnest(%(service)s::text[], %(sequence)s::bigint[],
       %(event_type)s::text[], %(key)s::text[], %(workspace)s::text[], %(state)s::text[],
       %(attempts)s::int[], %(first_at)s::timestamptz[], %(last_at)s::timestamptz[],
       %(again_at)s::timestamptz[], %(status)s::int[], %(latency_ms)s::int[], %(error)s::text[],
       %(body)s::bytea[])
ON CONFLICT (endpoint_id, service, sequence) DO UPDATE
SET state = EXCLUDED.state, attempts = EXCLUDED.attempts, first_at = EXCLUDED.first_at,
    last_at = EXCLUDED.last_at, again_at = EXCLUDED.again_at, status = EXCLUDED.status,
    latency_ms = EXCLUDED.latency_ms, error = EXCLUDED.error, body = EXCLUDED.body
"""
LISTED = """
SELECT * FROM webhook_deliveries
 WHERE endpoint_id = %(endpoint)s AND (%(state)s::text IS NULL OR state = %(state)s)
   AND (%(workspace)s::text IS NULL OR workspace = %(workspace)s)
   AND (%(before)s::bigint IS NULL OR number < %(before)s)
 ORDER BY number DESC LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """How a message stands after a round; `again_at` is when it is due, now without one."""

    message: Message
    state: str
    attempts: int
    first_at: datetime | None
    last_at: datetime | None
    again_at: datetime | None = None
    status: int | None = None
    latency_ms: int | None = None
    error: str = ""

    @property
    def body(self) -> bytes | None:
        return self.message.body if self.state == "waiting" else None


class Deliveries:
    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, endpoint: str, now: datetime | None, *, keys: int, limit: int) -> list[Message]:
        """Those of ordering keys whose first message may be tried, the least tried key first, each
        in its order; of all keys without `now`."""
        found = {"endpoint": endpoint, "now": now, "keys": keys, "limit": limit}
        return [_message(row) for row in self._database.rows(DUE, found)]

    def blocked(self, endpoint: str) -> set[OrderingKey]:
        """Those of which something waits, behind which everything else has to."""
        rows = self._database.rows(
            "SELECT DISTINCT service, key FROM webhook_deliveries "
            "WHERE endpoint_id = %s AND state = 'waiting'",
            (endpoint,),
        )
        return {(row["service"], row["key"]) for row in rows}

    def put_off(self, endpoint: str, now: datetime) -> set[OrderingKey]:
        """Ordering keys whose first message was refused, and is not to be tried yet."""
        rows = self._database.rows(PUT_OFF, (endpoint, now))
        return {(row["service"], row["key"]) for row in rows}

    def waiting(self, endpoint: str) -> int:
        rows = self._database.rows(
            "SELECT count(*) AS waiting FROM webhook_deliveries "
            "WHERE endpoint_id = %s AND state = 'waiting'",
            (endpoint,),
        )
        return int(rows[0]["waiting"])

    @staticmethod
    def failing_keys(cursor: Cursor, endpoint: str) -> int:
        """Ordering keys whose first message was tried in vain."""
        return int(cursor.execute(FAILING.encode(), (endpoint,)).fetchall()[0]["keys"])

    @staticmethod
    def keep(cursor: Cursor, endpoint: str, kept: Collection[Kept]) -> None:
        """One row a message, whatever it was before."""
        last = {(each.message.service, each.message.sequence): each for each in kept}
        if not last:
            return
        columns: dict[str, list[Any]] = {
            "service": [each.message.service for each in last.values()],
            "sequence": [each.message.sequence for each in last.values()],
            "event_type": [each.message.event_type for each in last.values()],
            "key": [each.message.key for each in last.values()],
            "workspace": [each.message.workspace for each in last.values()],
            "error": [each.error[:LONGEST_ERROR] for each in last.values()],
        }
        for name in ("state", "attempts", "first_at", "last_at", "again_at", "status",
                     "latency_ms", "body"):  # fmt: skip
            columns[name] = [getattr(each, name) for each in last.values()]
        cursor.execute(KEEP.encode(), {"endpoint": endpoint, **columns})

    @staticmethod
    def all_due(cursor: Cursor, endpoint: str) -> None:
        """It works again: nothing needs to wait out its pause."""
        cursor.execute(
            "UPDATE webhook_deliveries SET again_at = NULL "
            "WHERE endpoint_id = %s AND state = 'waiting'",
            (endpoint,),
        )

    def listed(
        self, endpoint: str, state: str | None, workspace: str | None, before: str, limit: int
    ) -> Sequence[Row]:
        """Newest first; `before` is a number, or empty."""
        wanted = {"endpoint": endpoint, "state": state, "workspace": workspace}
        return self._database.rows(
            LISTED, {**wanted, "before": int(before) if before else None, "limit": limit}
        )

    def purge(self, now: datetime) -> None:
        """Forgets what was dealt with long ago."""
        self._database.execute(
            "DELETE FROM webhook_deliveries WHERE state <> 'waiting' AND last_at < %s",
            (now - KEPT,),
        )


def _message(row: Row) -> Message:
    return Message(**{**row, "body": bytes(row["body"])})
