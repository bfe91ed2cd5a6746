"""Makes the refunds of a purchase that were decided and not yet confirmed."""

from __future__ import annotations

import structlog

from gateways.port import Gateway, GatewayRejected, ReferenceNotFound
from kernel.cause import Cause
from kernel.ids import new_id
from kernel.money import Money
from services.addons.application.gateway_lookup import look_up
from services.addons.application.purchase_repository import Decision, PurchaseRepository
from services.addons.domain.purchase.purchase import OpenRefund, Purchase
from services.addons.domain.purchase.refund import decide_confirm_refund
from services.addons.domain.purchase.refuse_refund import decide_refuse_refund

log = structlog.get_logger()


def make_refunds(
    purchases: PurchaseRepository, gateway: Gateway, purchase: Purchase, cause: Cause
) -> Purchase:
    """A refund that the gateway still works on stays open. Raises GatewayUnavailable."""
    for refund in purchase.refunds:
        decision = _outcome(gateway, purchase, refund)
        if decision is not None:
            purchase = purchases.decide(purchase.purchase_id, cause, decision)
    return purchase


def _outcome(gateway: Gateway, purchase: Purchase, refund: OpenRefund) -> Decision | None:
    amount = Money(refund.amount_cents, purchase.currency)
    charge = purchase.charge_ref or ""
    try:
        made = gateway.payments.refund(refund.refund_id, charge, amount, refund.reason)
    except (GatewayRejected, ReferenceNotFound) as error:
        return _refused(gateway, purchase, refund, error.text)
    if made.status == "failed":
        return _refused(gateway, purchase, refund, "refund failed")
    if made.status == "succeeded":
        return lambda state, now: decide_confirm_refund(
            state, purchase.purchase_id, refund.refund_id, made.ref, now
        )
    return None


def _refused(gateway: Gateway, purchase: Purchase, refund: OpenRefund, reason: str) -> Decision:
    """A refusal says nothing of where the money is: what the gateway shows of it does."""
    purchase_id = purchase.purchase_id
    log.error("refund_failed", purchase=purchase_id, reason=reason)
    seen = look_up(gateway, purchase)
    return lambda state, now: decide_refuse_refund(
        state, purchase_id, refund.refund_id, reason, seen, new_id("rfd"), now
    )
