"""Notices that are planned: a row each, by an id that no notice has twice.

`planned` → `written` (a mail stands in the outbox), `dropped` (what it tells of is over), or
`unread` (nobody is known, or they do without).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import get_args

from runtime.postgres.database import Cursor, Database, Jsonb
from services.notifications.domain.notice import Kind, Notice

PLAN = """
INSERT INTO notices (id, workspace, kind, series, facts, recipient, due_at)
VALUES (%s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (id) DO UPDATE
SET state = 'planned', facts = EXCLUDED.facts, due_at = EXCLUDED.due_at
WHERE notices.state = 'dropped'
"""
KINDS: tuple[Kind, ...] = get_args(Kind)


class Planned:
    """Within the transaction of the consumer's position."""

    def __init__(self, cursor: Cursor, now: datetime) -> None:
        self._cursor = cursor
        self._now = now

    def add(self, *notices: Notice) -> None:
        """One that was written is never written again; one that was dropped may be planned anew.
        What is no news any more is left out."""
        for each in notices:
            if each.is_news(self._now):
                facts = Jsonb(dict(each.facts))
                row = (each.id, each.workspace, each.kind, each.series, facts, each.recipient)
                self._cursor.execute(PLAN.encode(), (*row, each.due_at))

    def has(self, workspace: str, series: str) -> bool:
        """Whether something of it is still to come."""
        self._cursor.execute(
            "SELECT FROM notices WHERE workspace = %s AND series = %s AND state = 'planned'",
            (workspace, series),
        )
        return self._cursor.rowcount > 0

    def was_told(self, workspace: str, series: str) -> bool:
        """Whether something of it was written."""
        self._cursor.execute(
            "SELECT FROM notices WHERE workspace = %s AND series = %s AND state = 'written'",
            (workspace, series),
        )
        return self._cursor.rowcount > 0

    def drop(self, workspace: str, *series: str) -> None:
        self._cursor.execute(
            "UPDATE notices SET state = 'dropped' "
            "WHERE workspace = %s AND series = ANY(%s) AND state = 'planned'",
            (workspace, list(series)),
        )

    def replace(self, workspace: str, series: str, *notices: Notice) -> None:
        """These alone are still to come of it."""
        self._cursor.execute(
            "DELETE FROM notices WHERE workspace = %s AND series = %s AND state <> 'written'",
            (workspace, series),
        )
        self.add(*notices)

    def resume(self, workspace: str, series: str) -> None:
        """What was dropped of it is to come after all."""
        self._cursor.execute(
            "UPDATE notices SET state = 'planned' "
            "WHERE workspace = %s AND series = %s AND state = 'dropped'",
            (workspace, series),
        )

    def forget(self, workspace: str) -> None:
        """With whom to write to."""
        for table in ("notices", "contacts", "refused_addresses"):
            self._cursor.execute(f"DELETE FROM {table} WHERE workspace = %s".encode(), (workspace,))


def due(database: Database, now: datetime, limit: int) -> Sequence[Notice]:
    rows = database.rows(
        "SELECT id, workspace, kind, due_at, facts, series, recipient FROM notices "
        "WHERE state = 'planned' AND due_at <= %s AND (again_at IS NULL OR again_at <= %s) "
        "ORDER BY due_at, id LIMIT %s",
        (now, now, limit),
    )
    return [Notice(**row) for row in rows]


def put_off(database: Database, notice_id: str, until: datetime) -> None:
    database.execute("UPDATE notices SET again_at = %s WHERE id = %s", (until, notice_id))


def settle(cursor: Cursor, notice_id: str, state: str) -> bool:
    """False when it was dropped, or settled by another process, meanwhile."""
    cursor.execute(
        "UPDATE notices SET state = %s WHERE id = %s AND state = 'planned'", (state, notice_id)
    )
    return cursor.rowcount == 1
