"""Mail that is still to be sent, or was: a row for each, by an id that it never has twice.

`due` → `claimed` (being handed over) → `sent`; back to `due` when it was certainly not accepted;
`unknown` when nobody can say, and then it is not sent again; `erased` when its reader was. The
addresses of people stay sealed until they are written to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from runtime.messaging.mail import Mail
from runtime.postgres.database import Cursor, Database, Row

KEPT = timedelta(days=90)


class MailTaken(Exception):
    """Somebody else is sending this mail, or has sent it."""


@dataclass(frozen=True, slots=True)
class OutboxMail:
    """`id` makes it the only one: the event behind it, and who it is for."""

    id: str
    recipient: str
    subject: str
    text: str
    html: str

    def mail(self, sender: str) -> Mail:
        domain = sender.rpartition("@")[2] or "localhost"
        message_id = f"<{self.id.replace(':', '.')}@{domain}>"
        return Mail(sender, self.recipient, self.subject, self.text, self.html, message_id)


class Outbox:
    def __init__(self, database: Database) -> None:
        self._database = database

    @staticmethod
    def add(cursor: Cursor, queued: OutboxMail, now: datetime) -> None:
        """Idempotent, for ever."""
        cursor.execute(
            "INSERT INTO mails (id, recipient, subject, text, html, due_at) "
            "VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            (queued.id, queued.recipient, queued.subject, queued.text, queued.html, now),
        )

    def due(self, now: datetime, limit: int) -> Sequence[OutboxMail]:
        rows = self._database.rows(
            "SELECT id, recipient, subject, text, html FROM mails "
            "WHERE state = 'due' AND due_at <= %s ORDER BY due_at, id LIMIT %s",
            (now, limit),
        )
        return [OutboxMail(**row) for row in rows]

    def claim(self, mail_id: str, now: datetime) -> None:
        """Committed before the mail is handed over. Raises MailTaken."""
        claimed = self._database.execute(
            "UPDATE mails SET state = 'claimed', claimed_at = %s, attempts = attempts + 1 "
            "WHERE id = %s AND state = 'due'",
            (now, mail_id),
        )
        if claimed == 0:
            raise MailTaken

    def settle(self, mail_id: str, state: str, due_at: datetime) -> None:
        """A mail that was due or claimed: `sent`, `unknown`, or `due` again."""
        self._database.execute(
            "UPDATE mails SET state = %s, due_at = %s "
            "WHERE id = %s AND state IN ('due', 'claimed')",
            (state, due_at, mail_id),
        )

    def purge(self, now: datetime) -> None:
        """Forgets what was dealt with long ago; its notice is kept."""
        self._database.execute(
            "DELETE FROM mails WHERE state NOT IN ('due', 'claimed') AND due_at < %s",
            (now - KEPT,),
        )

    def abandoned(self, before: datetime) -> Sequence[Row]:
        """Claims of processes that have died since; nobody can say whether they were accepted."""
        return self._database.rows(
            "UPDATE mails SET state = 'unknown' WHERE state = 'claimed' AND claimed_at < %s "
            "RETURNING id",
            (before,),
        )
