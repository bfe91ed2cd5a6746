"""What admins of a workspace or of the platform decide about a purchase after it was made."""

from __future__ import annotations

from dataclasses import dataclass

from gateways.port import GatewayUnavailable
from kernel.cause import Cause
from kernel.ids import derived_id, new_id
from services.addons.application.purchase_repository import PurchaseRepository
from services.addons.application.settlement import Settlement
from services.addons.domain.errors import RefundRefused
from services.addons.domain.purchase.cancel import decide_cancel
from services.addons.domain.purchase.deliver import decide_deliver
from services.addons.domain.purchase.purchase import Purchase
from services.addons.domain.purchase.refund import decide_refund
from services.addons.domain.purchase.reopen import decide_reopen


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


@dataclass(frozen=True, slots=True)
class AdminDecisions:
    purchases: PurchaseRepository
    settlement: Settlement

    def reconcile_purchase(self, purchase_id: str, cause: Cause) -> Purchase:
        return self.settlement.settle(purchase_id, cause)

    def deliver_addon(self, purchase_id: str, cause: Cause) -> Purchase:
        return self.purchases.decide(
            purchase_id, cause, lambda state, now: decide_deliver(state, purchase_id, now)
        )

    def reopen_addon(self, purchase_id: str, cause: Cause) -> Purchase:
        return self.purchases.decide(
            purchase_id, cause, lambda state, now: decide_reopen(state, purchase_id, now)
        )

    def cancel_purchase(self, purchase_id: str, cause: Cause, reason: str = "") -> Purchase:
        """Decides on what the gateway says now and takes no money for it. What waits for the payer
        is closed and what was paid goes back; where the gateway is not reached for that, the sweep
        does it."""
        if self.purchases.get(purchase_id).status == "pending":
            self.settlement.settle(purchase_id, cause, "never")
        cancelled = self.purchases.decide(
            purchase_id,
            cause,
            lambda state, now: decide_cancel(state, purchase_id, new_id("rfd"), now, reason),
        )
        try:
            return self.settlement.settle(purchase_id, cause)
        except GatewayUnavailable:
            return cancelled

    def refund_purchase(self, order: RefundOrder, cause: Cause) -> Purchase:
        """Raises RefundRefused when the gateway won't and something is left to give back,
        GatewayUnavailable when it is not known: then the sweep finds out, and so does the same
        request sent again."""
        purchase_id, refund_id = order.purchase_id, order.refund_id()
        self.purchases.decide(
            purchase_id,
            cause,
            lambda state, now: decide_refund(
                state, purchase_id, refund_id, order.amount_cents, order.reason, now
            ),
        )
        try:
            purchase = self.settlement.settle(purchase_id, cause)
        except GatewayUnavailable as error:
            raise GatewayUnavailable(error.text, purchase_id=purchase_id) from error
        refused = refund_id in self.purchases.among(purchase_id).refused_refunds
        if refused and purchase.refundable_cents:
            raise RefundRefused(purchase_id=purchase_id)
        return purchase
