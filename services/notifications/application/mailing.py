"""Hands what is in the outbox to the mail server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from kernel.clock import Clock
from runtime.messaging.mail import MailNotAccepted, MailOutcomeUnknown, Post
from services.notifications.application.outbox import MailTaken, Outbox, OutboxMail

log = structlog.get_logger()
RETRY_AFTER = timedelta(seconds=30)
HANDING_OVER_TAKES = timedelta(minutes=5)
AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Mailing:
    """`unseal` opens an address; who was erased has none."""

    outbox: Outbox
    post: Post
    sender: str
    unseal: Callable[[str], str | None]
    clock: Clock

    def deliver_due(self) -> int:
        """One round; returns how many were accepted. What the server refuses is put off, and the
        others go on: it may be their recipient."""
        now = self.clock()
        for row in self.outbox.abandoned(now - HANDING_OVER_TAKES):
            log.error("mail_outcome_unknown", mail=row["id"], reason="the process died")
        return sum(self._deliver(queued) for queued in self.outbox.due(now, AT_ONCE))

    def _deliver(self, queued: OutboxMail) -> bool:
        state, problem = "sent", ""
        recipient = self.unseal(queued.recipient)
        if recipient is None or "@" not in recipient:
            self.outbox.settle(queued.id, "erased", self.clock())
            return False
        try:
            mail = replace(queued, recipient=recipient).mail(self.sender)
            self.post.deliver(mail, lambda: self.outbox.claim(queued.id, self.clock()))
        except MailTaken:
            return False
        except MailNotAccepted as error:
            state, problem = "due", str(error)
        except MailOutcomeUnknown as error:
            state, problem = "unknown", str(error)
        if problem:
            log.warning("mail_not_sent", mail=queued.id, state=state, reason=problem)
        self.outbox.settle(queued.id, state, self.clock() + RETRY_AFTER)
        return state == "sent"
