"""Of which purchases the delivery team is still to be notified: a row of `pages` a paid purchase.

`due` → `claimed` (the mail is being handed over) → `sent`; back to `due` when it was certainly not
accepted; `unknown` when nobody can say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from runtime.postgres.database import Cursor, Database


class NotificationTaken(Exception):
    """Somebody else is sending this mail, or has sent it."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to send one mail. Who lost it can't give back or give up another's."""

    purchase_id: str
    attempt: int


class Outbox:
    def __init__(self, database: Database) -> None:
        self._database = database

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

    def claim(self, purchase_id: str, now: datetime) -> Claim:
        """Committed before the mail is handed over. Raises NotificationTaken."""
        rows = self._database.rows(
            "UPDATE pages SET state = 'claimed', claimed_at = %s, attempts = attempts + 1 "
            "WHERE purchase_id = %s AND state = 'due' RETURNING attempts",
            (now, purchase_id),
        )
        if not rows:
            raise NotificationTaken
        return Claim(purchase_id, rows[0]["attempts"])

    def put_off(self, purchase_id: str, until: datetime) -> None:
        """It was refused before it was claimed; somebody else's claim is not touched."""
        self._database.execute(
            "UPDATE pages SET send_at = %s WHERE purchase_id = %s AND state = 'due'",
            (until, purchase_id),
        )

    def release(self, claim: Claim, until: datetime) -> None:
        """It was certainly not accepted."""
        self._database.execute(
            "UPDATE pages SET state = 'due', send_at = %s, claimed_at = NULL "
            "WHERE purchase_id = %s AND attempts = %s AND state = 'claimed'",
            (until, claim.purchase_id, claim.attempt),
        )

    def give_up(self, claim: Claim) -> None:
        """Nobody can say whether it was accepted."""
        self._database.execute(
            "UPDATE pages SET state = 'unknown' "
            "WHERE purchase_id = %s AND attempts = %s AND state = 'claimed'",
            (claim.purchase_id, claim.attempt),
        )

    def note_sent(self, purchase_id: str) -> None:
        """History says that it was sent."""
        with self._database.transaction(commit=True) as cursor:
            self.mark_sent(cursor, purchase_id)

    def abandoned(self, before: datetime) -> Sequence[Claim]:
        """Claims of processes that have died since."""
        rows = self._database.rows(
            "SELECT purchase_id, attempts FROM pages WHERE state = 'claimed' AND claimed_at < %s",
            (before,),
        )
        return [Claim(row["purchase_id"], row["attempts"]) for row in rows]

    @staticmethod
    def mark_sent(cursor: Cursor, purchase_id: str) -> None:
        cursor.execute("UPDATE pages SET state = 'sent' WHERE purchase_id = %s", (purchase_id,))
