"""The endpoints and how they fare, one row each. They are configuration, not facts: see
docs/decisions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from kernel.clock import Clock
from runtime.postgres.database import Cursor, Database, Row
from services.notifications.domain.endpoint import HEALTHY, Endpoint, Health
from services.notifications.domain.errors import TooManyWebhookEndpoints, WebhookEndpointNotFound

MOST_ENDPOINTS = 50
# How long the secret before the present one is signed with, too.
OLD_SECRET_HOLDS = timedelta(hours=24)
INSERT = """
INSERT INTO webhook_endpoints (id, url, description, event_types, secret, created_at, changed_at)
SELECT %(id)s, %(url)s, %(description)s, %(event_types)s, %(secret)s, %(now)s, %(now)s
 WHERE (SELECT count(*) FROM webhook_endpoints) < %(most)s
"""
CHANGE = """
UPDATE webhook_endpoints
   SET url = %(url)s, description = %(description)s, event_types = %(event_types)s,
       changed_at = %(now)s
 WHERE id = %(id)s
"""
ROTATE = """
UPDATE webhook_endpoints
   SET old_secret = secret, old_until = %(until)s, secret = %(secret)s, changed_at = %(now)s
 WHERE id = %(id)s
"""
JUDGE = """
UPDATE webhook_endpoints
   SET failing_since = %(failing_since)s, failures = %(failures)s, again_at = %(again_at)s,
       warned = %(warned)s
 WHERE id = %(id)s AND state = 'enabled'
"""
SWITCH = """
UPDATE webhook_endpoints
   SET state = %(state)s, disabled_reason = %(reason)s, failing_since = NULL, failures = 0,
       again_at = NULL, warned = false, changed_at = %(now)s
 WHERE id = %(id)s AND state <> %(state)s
"""


class Endpoints:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def listed(self) -> Sequence[Endpoint]:
        """Oldest first."""
        rows = self._database.rows("SELECT * FROM webhook_endpoints ORDER BY created_at, id")
        return [_endpoint(row, self._clock()) for row in rows]

    def get(self, endpoint_id: str) -> Endpoint:
        """Raises WebhookEndpointNotFound."""
        rows = self._database.rows("SELECT * FROM webhook_endpoints WHERE id = %s", (endpoint_id,))
        if not rows:
            raise WebhookEndpointNotFound
        return _endpoint(rows[0], self._clock())

    @staticmethod
    def add(cursor: Cursor, fields: dict[str, Any]) -> None:
        """Raises TooManyWebhookEndpoints."""
        cursor.execute("LOCK TABLE webhook_endpoints IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute(INSERT.encode(), {**fields, "most": MOST_ENDPOINTS})
        if cursor.rowcount == 0:
            raise TooManyWebhookEndpoints(most=MOST_ENDPOINTS)

    @staticmethod
    def change(cursor: Cursor, fields: dict[str, Any]) -> None:
        cursor.execute(CHANGE.encode(), fields)

    @staticmethod
    def rotate(cursor: Cursor, endpoint_id: str, secret: str, now: datetime) -> None:
        fields = {"id": endpoint_id, "secret": secret, "now": now, "until": now + OLD_SECRET_HOLDS}
        cursor.execute(ROTATE.encode(), fields)

    @staticmethod
    def switch(cursor: Cursor, endpoint_id: str, reason: str | None, now: datetime) -> bool:
        """On without a reason, off with one; it begins afresh. False where it was so."""
        state = "enabled" if reason is None else "disabled"
        fields = {"id": endpoint_id, "state": state, "reason": reason, "now": now}
        cursor.execute(SWITCH.encode(), fields)
        return cursor.rowcount == 1

    @staticmethod
    def judge(cursor: Cursor, endpoint_id: str, health: Health) -> None:
        fields = {
            "id": endpoint_id,
            "failing_since": health.failing_since,
            "failures": health.failures,
            "again_at": health.again_at,
            "warned": health.warned,
        }
        cursor.execute(JUDGE.encode(), fields)

    @staticmethod
    def remove(cursor: Cursor, endpoint_id: str) -> None:
        """With its deliveries and replays."""
        cursor.execute("DELETE FROM webhook_endpoints WHERE id = %s", (endpoint_id,))


def _endpoint(row: Row, now: datetime) -> Endpoint:
    old = row["old_secret"] if row["old_until"] and row["old_until"] > now else None
    failing = row["failing_since"]
    return Endpoint(
        id=row["id"],
        url=row["url"],
        description=row["description"],
        event_types=tuple(row["event_types"]),
        secrets=(row["secret"], old) if old else (row["secret"],),
        state=row["state"],
        disabled_reason=row["disabled_reason"],
        health=HEALTHY
        if failing is None
        else Health(failing, row["failures"], row["again_at"], row["warned"]),
        created_at=row["created_at"],
        changed_at=row["changed_at"],
    )
