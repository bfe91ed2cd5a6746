"""Writes what is due: a planned notice becomes mail in the outbox, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from kernel.clock import Clock
from kernel.errors import Conflict
from runtime.eventstore.vault import Vault
from runtime.postgres.database import Database
from services.notifications.application.outbox import Outbox, OutboxMail
from services.notifications.application.people.contacts import Contact, Contacts
from services.notifications.application.people.directory import Directory, DirectoryUnavailable
from services.notifications.application.people.notices import due, put_off, settle
from services.notifications.application.people.templates import Templates
from services.notifications.domain.notice import OPTIONAL, Notice

AT_ONCE = 100
ASK_AGAIN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Writing:
    """`directory` knows owners, None where there is none."""

    database: Database
    contacts: Contacts
    directory: Directory | None
    vault: Vault
    outbox: Outbox
    templates: Templates
    clock: Clock

    def write_due(self) -> int:
        return sum(self._write(notice) for notice in due(self.database, self.clock(), AT_ONCE))

    def _write(self, notice: Notice) -> bool:
        try:
            queued = self._queued(notice)
        except DirectoryUnavailable:
            put_off(self.database, notice.id, self.clock() + ASK_AGAIN)
            return False
        with self.database.transaction(commit=True) as cursor:
            if not settle(cursor, notice.id, "written" if queued else "unread"):
                return False
            for mail in queued:
                self.outbox.add(cursor, mail, self.clock())
        return bool(queued)

    def _queued(self, notice: Notice) -> Sequence[OutboxMail]:
        """None where nobody is to read it. Addresses stay sealed until they are written to. Raises
        DirectoryUnavailable."""
        contact = self.contacts.of(notice.workspace)
        unwanted = notice.kind in OPTIONAL and notice.kind in contact.without
        if unwanted or not notice.is_news(self.clock()):
            return ()
        recipients = self._recipients(notice, contact)
        if not recipients:
            return ()
        facts = {"workspace": notice.workspace, **notice.facts}
        told = self.templates.write(notice.kind, contact.language, facts)
        return [
            OutboxMail(
                *(notice.id if number == 0 else f"{notice.id}:{number}", recipient),
                *(told.subject, told.text, told.html, notice.workspace, notice.kind),
            )
            for number, recipient in enumerate(recipients)
        ]

    def _recipients(self, notice: Notice, contact: Contact) -> Sequence[str]:
        """The billing e-mail, or who the notice is for, or the owners; sealed. Who was erased has
        none."""
        known = contact.email or notice.recipient
        if known is not None:
            return [known]
        if self.directory is None:
            return ()
        owners = self.directory.owners(notice.workspace)
        try:
            sealed = [self.vault.seal(notice.workspace, owner) for owner in owners]
        except Conflict:
            return ()
        return [each for each in sealed if each is not None]
