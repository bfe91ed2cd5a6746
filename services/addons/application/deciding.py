"""What people decide about a purchase after it was made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gateways.port import GatewayUnavailable
from kernel.cause import Cause
from kernel.clock import Clock
from kernel.errors import Forbidden
from kernel.ids import derived_id, new_id
from runtime.eventstore.store import retry_conflicts
from services.addons.application.purchase_repository import PurchaseRepository
from services.addons.application.settling import Settling
from services.addons.domain.errors import RefundRefused
from services.addons.domain.facts import OpenRefund, Purchase
from services.addons.domain.purchases import Purchases


@dataclass(frozen=True, kw_only=True)
class RefundOrder:
    """`amount_cents` None: all that is left. `key` makes a repeated request the same refund."""

    purchase_id: str
    amount_cents: int | None
    reason: str
    key: str = ""

    def refund_id(self) -> str:
        if not self.key:
            return new_id("rfd")
        return derived_id("rfd", self.purchase_id, self.key)


class Deciding:
    def __init__(self, purchases: PurchaseRepository, settling: Settling, clock: Clock) -> None:
        self._purchases = purchases
        self._settling = settling
        self._clock = clock

    def purchase(self, purchase_id: str) -> Purchase:
        return self._purchases.get(purchase_id)

    def reconcile_purchase(self, purchase_id: str, cause: Cause) -> Purchase:
        return self._settling.settle(purchase_id, cause)

    def deliver_addon(self, purchase_id: str, cause: Cause) -> Purchase:
        return self._decide(
            purchase_id, cause, lambda purchases: purchases.deliver(purchase_id, self._clock())
        )

    def reopen_addon(self, purchase_id: str, cause: Cause) -> Purchase:
        return self._decide(
            purchase_id, cause, lambda purchases: purchases.reopen(purchase_id, self._clock())
        )

    def cancel_purchase(
        self, purchase_id: str, cause: Cause, *, also_paid: bool = True
    ) -> Purchase:
        """Decides on what the gateway says now. Its page is closed and what was paid goes back;
        where the gateway is not reached for that, the sweep does it. Who may not cancel what is
        paid (`also_paid` false) is Forbidden to, also when it was paid this very moment."""
        if self._purchases.get(purchase_id).status == "pending":
            self._settling.settle(purchase_id, cause, "never")

        def cancel(purchases: Purchases) -> None:
            if purchases.get(purchase_id).captured and not also_paid:
                raise Forbidden("What is paid is cancelled by the platform's team.")
            purchases.cancel(purchase_id, new_id("rfd"), self._clock())

        purchase = self._decide(purchase_id, cause, cancel)
        try:
            return self._settling.settle(purchase_id, cause)
        except GatewayUnavailable:
            return purchase

    def refund_purchase(self, order: RefundOrder, cause: Cause) -> Purchase:
        """Raises RefundRefused when the gateway won't, GatewayUnavailable when it is not known:
        then the sweep finds out, and so does the same request sent again."""
        refund_id = order.refund_id()

        def decide(purchases: Purchases) -> None:
            purchase = purchases.get(order.purchase_id)
            amount = order.amount_cents or purchase.refundable_cents
            refund = OpenRefund(refund_id=refund_id, amount_cents=amount, reason=order.reason)
            purchases.refund(order.purchase_id, refund, self._clock())

        self._decide(order.purchase_id, cause, decide)
        try:
            purchase = self._settling.settle(order.purchase_id, cause)
        except GatewayUnavailable as error:
            raise GatewayUnavailable(error.text, purchase_id=order.purchase_id) from error
        if refund_id in self._purchases.holding(order.purchase_id).refused_refunds:
            raise RefundRefused(purchase_id=order.purchase_id)
        return purchase

    @retry_conflicts
    def _decide(
        self, purchase_id: str, cause: Cause, decision: Callable[[Purchases], None]
    ) -> Purchase:
        purchases = self._purchases.holding(purchase_id)
        decision(purchases)
        return self._purchases.save(purchases, purchase_id, cause)
