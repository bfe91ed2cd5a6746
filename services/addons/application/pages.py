"""Which purchases the delivery team is still to be told of: a row a paid purchase.

`due` → `claimed` (the mail is being handed over) → `sent`; back to `due` when it was certainly not
accepted; `unknown` when nobody can say.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from runtime.database import Cursor, Database

TABLE = """
CREATE TABLE IF NOT EXISTS pages (
    purchase_id text PRIMARY KEY,
    state       text NOT NULL DEFAULT 'due',
    attempts    int NOT NULL DEFAULT 0,
    send_at     timestamptz,
    claimed_at  timestamptz
);
CREATE INDEX IF NOT EXISTS pages_open ON pages (state) WHERE state IN ('due', 'claimed');
"""


class PageTaken(Exception):
    """Somebody else is sending this page, or has sent it."""


class Pages:
    def __init__(self, database: Database) -> None:
        self._database = database

    def migrate(self) -> None:
        self._database.apply(TABLE)

    def add(self, cursor: Cursor, purchase_id: str) -> None:
        """Idempotent, for ever: a purchase has one row."""
        cursor.execute(
            "INSERT INTO pages (purchase_id) VALUES (%s) ON CONFLICT DO NOTHING", (purchase_id,)
        )

    def due(self, now: datetime, limit: int) -> Sequence[str]:
        rows = self._database.rows(
            "SELECT purchase_id FROM pages "
            "WHERE state = 'due' AND (send_at IS NULL OR send_at <= %s) "
            "ORDER BY send_at NULLS FIRST LIMIT %s",
            (now, limit),
        )
        return [str(row["purchase_id"]) for row in rows]

    def claim(self, purchase_id: str, now: datetime) -> None:
        """Committed before the mail is handed over. Raises PageTaken."""
        if not self._changed(
            "UPDATE pages SET state = 'claimed', claimed_at = %s, attempts = attempts + 1 "
            "WHERE purchase_id = %s AND state = 'due'",
            (now, purchase_id),
        ):
            raise PageTaken

    def postpone(self, purchase_id: str, until: datetime) -> None:
        """It was certainly not accepted."""
        self._changed(
            "UPDATE pages SET state = 'due', send_at = %s, claimed_at = NULL "
            "WHERE purchase_id = %s AND state IN ('due', 'claimed')",
            (until, purchase_id),
        )

    def give_up_on(self, purchase_id: str) -> None:
        self._changed(
            "UPDATE pages SET state = 'unknown' WHERE purchase_id = %s AND state = 'claimed'",
            (purchase_id,),
        )

    def settle(self, purchase_id: str) -> None:
        """History says that it was sent."""
        with self._database.transaction(commit=True) as cursor:
            self.mark_sent(cursor, purchase_id)

    def abandoned(self, before: datetime) -> Sequence[str]:
        """Claimed by a process that has died since."""
        rows = self._database.rows(
            "SELECT purchase_id FROM pages WHERE state = 'claimed' AND claimed_at < %s", (before,)
        )
        return [str(row["purchase_id"]) for row in rows]

    @staticmethod
    def mark_sent(cursor: Cursor, purchase_id: str) -> None:
        cursor.execute("UPDATE pages SET state = 'sent' WHERE purchase_id = %s", (purchase_id,))

    def _changed(self, statement: str, parameters: tuple[object, ...]) -> bool:
        with self._database.transaction(commit=True) as cursor:
            cursor.execute(statement.encode(), parameters)
            return cursor.rowcount == 1
