"""Money back."""

from __future__ import annotations

import stripe

from gateways.port import GatewayRejected, Refund, RefundStatus
from gateways.stripe.charges import Charges
from gateways.stripe.connection import asks, once, words
from gateways.stripe.currencies import from_stripe, to_stripe
from gateways.stripe.outcomes import payment_intent
from kernel.money import Money

_STATUSES: dict[str, RefundStatus] = {
    "succeeded": "succeeded",
    "failed": "failed",
    "canceled": "failed",
}


class Refunds(Charges):
    @asks
    def refund(self, command_id: str, charge: str, amount: Money, reason: str) -> Refund:
        """One per command, for ever: the payment's refunds are listed and compared by the command
        id in their metadata. The reason is kept there too: Stripe's own are three words."""
        intent = self._refundable(charge)
        refunds = self._api.refunds.list({"payment_intent": intent, "limit": 100})
        for made in refunds.auto_paging_iter():
            if words(made.metadata).get("command_id") == command_id:
                return _refund(made)
        return _refund(self._new_refund(command_id, charge, intent, amount, reason))

    def _new_refund(
        self, command_id: str, charge: str, intent: str, amount: Money, reason: str
    ) -> stripe.Refund:
        metadata = {"command_id": command_id, "charge": charge, "reason": reason[:500]}
        return self._api.refunds.create(
            {"payment_intent": intent, "amount": to_stripe(amount)[0], "metadata": metadata},
            once(command_id, "refund"),
        )

    def _refundable(self, charge: str) -> str:
        if charge.startswith("pi_"):
            return charge
        intent = payment_intent(self._invoice(charge))
        if intent is None:
            raise GatewayRejected("This charge was never paid.", gateway="stripe")
        return intent.id


def _refund(refund: stripe.Refund) -> Refund:
    return Refund(
        ref=refund.id,
        amount=from_stripe(refund.amount, refund.currency),
        status=_STATUSES.get(refund.status or "", "pending"),
    )
