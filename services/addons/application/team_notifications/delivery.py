"""Hands what is in the outbox to the mail server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import structlog

from kernel.cause import Cause
from kernel.clock import Clock
from runtime.messaging.mail import Mail, MailNotAccepted, MailOutcomeUnknown, Post
from runtime.postgres.database import Cursor
from runtime.process.failed_items import FailedItems
from services.addons.application.purchase_repository import PurchaseRepository
from services.addons.application.team_notifications.email_template import EmailTemplate
from services.addons.application.team_notifications.outbox import Claim, NotificationTaken, Outbox
from services.addons.domain.purchase.notify_team import decide_notify_team

log = structlog.get_logger()
WORK = "addons.notifications"
RETRY_AFTER = timedelta(seconds=15)
HANDING_OVER_TAKES = timedelta(minutes=5)
AT_ONCE = 20


@dataclass(slots=True)
class TeamNotifications:
    purchases: PurchaseRepository
    outbox: Outbox
    template: EmailTemplate
    post: Post
    failed: FailedItems
    clock: Clock

    def enqueue(self, cursor: Cursor, purchase_id: str) -> None:
        self.outbox.add(cursor, purchase_id)

    def deliver_due(self) -> int:
        """One round; returns how many mails were accepted. A refusal of the server ends it: the
        others would meet the same. What fails otherwise is put off alone."""
        now = self.clock()
        for claim in self.outbox.abandoned(now - HANDING_OVER_TAKES):
            self._give_up(claim, "the process died")
        sent: list[str] = []
        for purchase_id in self.outbox.due(now, AT_ONCE):
            notify = partial(self._count, purchase_id, sent)
            failure = self.failed.attempt(WORK, purchase_id, notify)
            if failure is None:
                continue
            if isinstance(failure.error, MailNotAccepted):
                break
            self.outbox.put_off(purchase_id, self.clock() + failure.pause)
        return len(sent)

    def _count(self, purchase_id: str, sent: list[str]) -> None:
        if self._notify(purchase_id):
            sent.append(purchase_id)

    def _notify(self, purchase_id: str) -> bool:
        purchase = self.purchases.get(purchase_id)
        if purchase.paged:
            self.outbox.note_sent(purchase_id)
            return False
        try:
            return self._send(purchase_id, self.template.fill(purchase))
        except NotificationTaken:
            return False

    def _send(self, purchase_id: str, mail: Mail) -> bool:
        """False when the outcome is unknown. Raises MailNotAccepted, and NotificationTaken."""
        claims: list[Claim] = []
        try:
            self.post.deliver(
                mail, lambda: claims.append(self.outbox.claim(purchase_id, self.clock()))
            )
        except MailNotAccepted:
            self._put_off(purchase_id, claims)
            raise
        except MailOutcomeUnknown as error:
            self._give_up(claims[0], str(error))
            return False
        self._record(purchase_id, mail.message_id)
        return True

    def _put_off(self, purchase_id: str, claims: Sequence[Claim]) -> None:
        until = self.clock() + RETRY_AFTER
        self.outbox.put_off(purchase_id, until)
        for claim in claims:
            self.outbox.release(claim, until)

    def _give_up(self, claim: Claim, reason: str) -> None:
        self.outbox.give_up(claim)
        log.error("page_outcome_unknown", purchase=claim.purchase_id, reason=reason)

    def _record(self, purchase_id: str, message_id: str) -> None:
        self.purchases.decide(
            purchase_id,
            Cause("policy:page_delivery_team", "", f"purchase:{purchase_id}"),
            lambda state, now: decide_notify_team(state, purchase_id, message_id, now),
            within=lambda cursor: self.outbox.mark_sent(cursor, purchase_id),
        )
