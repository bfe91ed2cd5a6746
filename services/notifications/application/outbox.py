"""Mail that is still to be sent, or was: a row for each, by an id that it never has twice.

`due` → `claimed` (being handed over) → `sent`; back to `due` when it was certainly not accepted;
`unknown` when nobody can say, and then it is not sent again; `refused` when the server will never
take it, `undeliverable` when it refused an earlier one for that address; `erased` when its reader
was. The addresses of people stay sealed until they are written to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from runtime.messaging.mail import Mail
from runtime.postgres.database import Cursor, Database, Row

KEPT = timedelta(days=90)
MOST_LISTED = 100
ADD = """
INSERT INTO mails (id, recipient, subject, text, html, workspace, kind, due_at)
VALUES (%(id)s, %(recipient)s, %(subject)s, %(text)s, %(html)s, %(workspace)s, %(kind)s, %(due_at)s)
ON CONFLICT DO NOTHING
"""


class MailTaken(Exception):
    """Somebody else is sending this mail, or has sent it."""


@dataclass(frozen=True, slots=True)
class OutboxMail:
    """`id` makes it the only one: the event behind it, and who it is for. `workspace` and `kind`
    are empty for the team's."""

    id: str
    recipient: str
    subject: str
    text: str
    html: str
    workspace: str = ""
    kind: str = ""

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
        cursor.execute(ADD.encode(), {**asdict(queued), "due_at": now})

    def due(self, now: datetime, limit: int) -> Sequence[OutboxMail]:
        rows = self._database.rows(
            "SELECT id, recipient, subject, text, html, workspace, kind FROM mails "
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

    def settle(self, mail_id: str, state: str, due_at: datetime, problem: str = "") -> bool:
        """A mail that was due or claimed. False: somebody else has settled it."""
        settled = self._database.execute(
            "UPDATE mails SET state = %s, due_at = %s, problem = %s "
            "WHERE id = %s AND state IN ('due', 'claimed')",
            (state, due_at, problem, mail_id),
        )
        return settled == 1

    def of(self, workspace: str) -> Sequence[Row]:
        """The latest mails to its people."""
        return self._database.rows(
            "SELECT id, kind, subject, state, problem, due_at FROM mails "
            "WHERE workspace = %s AND workspace <> '' ORDER BY due_at DESC, id LIMIT %s",
            (workspace, MOST_LISTED),
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
