"""Hands what is in the outbox to the mail server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from kernel.clock import Clock
from runtime.messaging.mail import MailNotAccepted, MailOutcomeUnknown, MailRefused, Post
from runtime.postgres.database import Database
from services.notifications.application.notices import Notices
from services.notifications.application.outbox import MailTaken, Outbox, OutboxMail
from services.notifications.application.people.refusals import Refusals

log = structlog.get_logger()
RETRY_AFTER = timedelta(seconds=30)
HANDING_OVER_TAKES = timedelta(minutes=5)
AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Mailing:
    """`unseal` opens an address; who was erased has none."""

    database: Database
    outbox: Outbox
    post: Post
    sender: str
    unseal: Callable[[str], str | None]
    refusals: Refusals
    notices: Notices
    clock: Clock

    def deliver_due(self) -> int:
        """One round; returns how many were accepted. What the server refuses is put off, and the
        others go on: it may be their recipient."""
        now = self.clock()
        for row in self.outbox.abandoned(now - HANDING_OVER_TAKES):
            log.error("mail_outcome_unknown", mail=row["id"], reason="the process died")
        return sum(self._deliver(queued) for queued in self.outbox.due(now, AT_ONCE))

    def _deliver(self, queued: OutboxMail) -> bool:
        recipient = self.unseal(queued.recipient)
        if recipient is None or "@" not in recipient:
            self.outbox.settle(queued.id, "erased", self.clock())
            return False
        if queued.workspace and self.refusals.holds(queued.workspace, recipient):
            self.outbox.settle(queued.id, "undeliverable", self.clock())
            return False
        try:
            mail = replace(queued, recipient=recipient).mail(self.sender)
            self.post.deliver(mail, lambda: self.outbox.claim(queued.id, self.clock()))
        except MailTaken:
            return False
        except MailRefused as error:
            self._refused(queued, error)
            return False
        except MailNotAccepted as error:
            self._not_sent(queued, "due", str(error))
            return False
        except MailOutcomeUnknown as error:
            self._not_sent(queued, "unknown", str(error))
            return False
        self.outbox.settle(queued.id, "sent", self.clock())
        return True

    def _refused(self, queued: OutboxMail, error: MailRefused) -> None:
        """Noted before the mail is settled: whoever dies between finds the address refused."""
        if error.address and queued.workspace:
            noted = (queued.workspace, queued.recipient, str(error), self.clock())
            with self.database.transaction(commit=True) as cursor:
                self.refusals.add(cursor, *noted)
                self.notices.address_refused(cursor, queued.workspace, str(error), self.clock())
        self._not_sent(queued, "refused", str(error))

    def _not_sent(self, queued: OutboxMail, state: str, problem: str) -> None:
        log.warning("mail_not_sent", mail=queued.id, state=state, reason=problem)
        shown = problem if state == "refused" else ""
        self.outbox.settle(queued.id, state, self.clock() + RETRY_AFTER, shown)
