"""Telling the delivery team of a paid add-on, once.

A mail server and our log can't commit together, so one moment stays in which a crash, or a
connection that breaks, leaves open whether the mail was accepted: between handing over its content
and recording `DeliveryTeamPaged`. A claim is committed at the start of that moment. Whatever fails
before it, and every refusal, is retried; what fails within it is *not* sent again, because a second
page makes people do the work twice, while a missing one shows in the order ledger (paid, not paged)
and in the log (`page_outcome_unknown`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import structlog

from kernel.cause import Cause
from kernel.clock import Clock
from runtime.eventstore.store import retry_conflicts
from runtime.messaging.mail import Mail, MailNotAccepted, MailOutcomeUnknown, Post
from runtime.postgres.database import Cursor
from services.addons.application.letters import Letters
from services.addons.application.pages import Claim, Pages, PageTaken
from services.addons.application.purchase_repository import PurchaseRepository

log = structlog.get_logger()
RETRY_AFTER = timedelta(seconds=15)
HANDING_OVER_TAKES = timedelta(minutes=5)
AT_ONCE = 20


class Paging:
    def __init__(
        self,
        purchases: PurchaseRepository,
        pages: Pages,
        letters: Letters,
        post: Post,
        clock: Clock,
    ) -> None:
        self._purchases = purchases
        self._pages = pages
        self._letters = letters
        self._post = post
        self._clock = clock

    def enqueue_page(self, cursor: Cursor, purchase_id: str) -> None:
        self._pages.add(cursor, purchase_id)

    def page_due(self) -> int:
        """One round; returns how many mails were accepted. A refusal of the server ends it: the
        others would meet the same."""
        now = self._clock()
        for claim in self._pages.abandoned(now - HANDING_OVER_TAKES):
            self._give_up(claim, "the process died")
        accepted = 0
        for purchase_id in self._pages.due(now, AT_ONCE):
            try:
                accepted += self._page(purchase_id)
            except MailNotAccepted as error:
                log.warning("page_not_accepted", purchase=purchase_id, reason=str(error))
                break
        return accepted

    def _page(self, purchase_id: str) -> bool:
        purchase = self._purchases.get(purchase_id)
        if purchase.paged:
            self._pages.settle(purchase_id)
            return False
        mail = self._letters.page_of(purchase)
        try:
            return self._send(purchase_id, mail)
        except PageTaken:
            return False

    def _send(self, purchase_id: str, mail: Mail) -> bool:
        """False when the outcome is unknown. Raises MailNotAccepted, and PageTaken."""
        claims: list[Claim] = []
        try:
            self._post.deliver(
                mail, lambda: claims.append(self._pages.claim(purchase_id, self._clock()))
            )
        except MailNotAccepted:
            self._put_off(purchase_id, claims)
            raise
        except MailOutcomeUnknown as error:
            self._give_up(claims[0], str(error))
            return False
        self._note(purchase_id, mail.message_id)
        return True

    def _put_off(self, purchase_id: str, claims: Sequence[Claim]) -> None:
        until = self._clock() + RETRY_AFTER
        self._pages.put_off(purchase_id, until)
        for claim in claims:
            self._pages.release(claim, until)

    def _give_up(self, claim: Claim, reason: str) -> None:
        self._pages.give_up(claim)
        log.error("page_outcome_unknown", purchase=claim.purchase_id, reason=reason)

    @retry_conflicts
    def _note(self, purchase_id: str, message_id: str) -> None:
        purchases = self._purchases.holding(purchase_id)
        purchases.note_page(purchase_id, message_id, self._clock())
        self._purchases.save(
            purchases,
            purchase_id,
            Cause("policy:page_delivery_team", "", f"purchase:{purchase_id}"),
            within=lambda cursor: self._pages.mark_sent(cursor, purchase_id),
        )
