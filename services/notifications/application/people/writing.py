"""Writes what is due: a planned notice becomes a mail in the outbox, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.clock import Clock
from runtime.postgres.database import Database
from services.notifications.application.outbox import Outbox, OutboxMail
from services.notifications.application.people.contacts import Contacts
from services.notifications.application.people.notices import due, settle
from services.notifications.application.people.templates import Templates
from services.notifications.domain.notice import OPTIONAL, Notice

AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Writing:
    database: Database
    contacts: Contacts
    outbox: Outbox
    templates: Templates
    clock: Clock

    def write_due(self) -> int:
        return sum(self._write(notice) for notice in due(self.database, self.clock(), AT_ONCE))

    def _write(self, notice: Notice) -> bool:
        queued = self._queued(notice)
        with self.database.transaction(commit=True) as cursor:
            if not settle(cursor, notice.id, "written" if queued else "unread"):
                return False
            if queued is not None:
                self.outbox.add(cursor, queued, self.clock())
        return queued is not None

    def _queued(self, notice: Notice) -> OutboxMail | None:
        """None where nobody is to read it. The address stays sealed until it is sent."""
        contact = self.contacts.of(notice.workspace)
        recipient = contact.email or notice.recipient
        unwanted = notice.kind in OPTIONAL and notice.kind in contact.without
        if recipient is None or unwanted or not notice.is_news(self.clock()):
            return None
        facts = {"workspace": notice.workspace, **notice.facts}
        written = self.templates.write(notice.kind, contact.language, facts)
        return OutboxMail(notice.id, recipient, written.subject, written.text, written.html)
