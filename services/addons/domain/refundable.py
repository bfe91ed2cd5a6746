"""The part of a workspace's purchases that holds their state and gives money back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import singledispatchmethod

from kernel.aggregate import Aggregate
from kernel.events import DomainEvent
from services.addons.domain.errors import (
    CannotRefund,
    PurchaseNotFound,
    RefundInProgress,
    RefundTooLarge,
)
from services.addons.domain.events import (
    AddonPurchaseStarted,
    AddonRefunded,
    AddonRefundFailed,
    AddonRefundStarted,
    PurchaseEvent,
)
from services.addons.domain.facts import OpenRefund, Purchase


class RefundablePurchases(Aggregate):
    """A refund is decided first (its id is the gateway's command id) and counts only once the
    gateway has confirmed it. One at a time, and never more than was paid."""

    purchases: Mapping[str, Purchase]
    refund_ids: frozenset[str]
    refused_refunds: frozenset[str]

    def get(self, purchase_id: str) -> Purchase:
        try:
            return self.purchases[purchase_id]
        except KeyError:
            raise PurchaseNotFound from None

    def refund(self, purchase_id: str, refund: OpenRefund, at: datetime) -> None:
        """Decides a refund. The same refund id again changes nothing."""
        purchase = self.get(purchase_id)
        if refund.refund_id in self.refund_ids:
            return
        if purchase.refunds:
            raise RefundInProgress
        if purchase.refundable_cents == 0:
            raise CannotRefund(status=purchase.status)
        if refund.amount_cents > purchase.refundable_cents:
            raise RefundTooLarge(refundable_cents=purchase.refundable_cents)
        self._start_refund(purchase, refund, at)

    def confirm_refund(self, purchase_id: str, refund_id: str, ref: str, at: datetime) -> None:
        purchase = self.get(purchase_id)
        for refund in purchase.refunds:
            if refund.refund_id == refund_id:
                refunded = purchase.with_refund(refund.amount_cents, refund_id)
                self._record(
                    AddonRefunded,
                    refunded,
                    at,
                    refund_ref=ref,
                    amount_cents=refund.amount_cents,
                    reason=refund.reason,
                )

    def fail_refund(self, purchase_id: str, refund_id: str, reason: str, at: datetime) -> None:
        purchase = self.get(purchase_id)
        for refund in purchase.refunds:
            if refund.refund_id == refund_id:
                self._record(
                    AddonRefundFailed,
                    purchase.without_refund(refund_id),
                    at,
                    refund_id=refund_id,
                    amount_cents=refund.amount_cents,
                    reason=reason,
                )

    def _give_back(self, purchase: Purchase, refund_id: str, reason: str, at: datetime) -> None:
        amount = purchase.refundable_cents
        if amount > 0:
            refund = OpenRefund(refund_id=refund_id, amount_cents=amount, reason=reason)
            self._start_refund(purchase, refund, at)

    def _start_refund(self, purchase: Purchase, refund: OpenRefund, at: datetime) -> None:
        self._record(
            AddonRefundStarted,
            replace(purchase, refunds=(*purchase.refunds, refund)),
            at,
            refund_id=refund.refund_id,
            amount_cents=refund.amount_cents,
            reason=refund.reason,
        )

    def _record(
        self, kind: type[PurchaseEvent], purchase: Purchase, at: datetime, **facts: str | int
    ) -> None:
        self.trigger_event(kind, timestamp=at, purchase=purchase, **facts)

    @singledispatchmethod
    def apply(self, event: DomainEvent) -> None:
        super().apply(event)

    @apply.register
    def _(self, event: AddonPurchaseStarted) -> None:
        self.purchases = {event.purchase.purchase_id: event.purchase}
        self.refund_ids = self.refused_refunds = frozenset()

    @apply.register
    def _(self, event: PurchaseEvent) -> None:
        self.purchases = {**self.purchases, event.purchase.purchase_id: event.purchase}
        self.refund_ids |= {refund.refund_id for refund in event.purchase.refunds}
        if isinstance(event, AddonRefundFailed):
            self.refused_refunds |= {event.refund_id}
