"""What a gateway shows of a purchase only moves it forward: the same again, or an older state,
changes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.addons.domain.purchase.events import (
    AddonChargeIdentified,
    AddonConfirmationRequired,
    AddonPaid,
    AddonPaidTooLate,
    AddonPaymentFailed,
    AddonRefunded,
    PurchaseEvent,
)
from services.addons.domain.purchase.observation import Observation
from services.addons.domain.purchase.purchase import Purchase
from services.addons.domain.purchase.refund import give_back
from services.addons.domain.purchase.state import Purchases


def decide_observe(
    purchases: Purchases, purchase_id: str, seen: Observation, refund_id: str, at: datetime
) -> list[PurchaseEvent]:
    """`refund_id` is used when money turns out to have arrived for a closed purchase."""
    before = purchases.get(purchase_id)
    events = _payment(before, seen, at)
    events += _refund(events[-1].purchase if events else before, seen, at)
    if before.awaits_late_money and events:
        events += give_back(events[-1].purchase, refund_id, "paid after it was closed", at)
    return events


def _payment(purchase: Purchase, seen: Observation, at: datetime) -> list[PurchaseEvent]:
    known = replace(
        purchase,
        charge_ref=seen.charge_ref or purchase.charge_ref,
        checkout_ref=seen.checkout_ref or purchase.checkout_ref,
    )
    if purchase.status == "pending":
        return _while_pending(purchase, known, seen, at)
    return _late(purchase, known, seen, at) if purchase.awaits_late_money else []


def _while_pending(
    purchase: Purchase, known: Purchase, seen: Observation, at: datetime
) -> list[PurchaseEvent]:
    if seen.status == "succeeded":
        paid = replace(known, status="paid", captured=True, confirmation_url=None)
        return [AddonPaid(timestamp=at, purchase=paid)]
    if seen.status != "pending":
        code = seen.decline_code or f"payment_{seen.status}"
        failed = replace(
            known, status="failed", blocks=False, decline_code=code, confirmation_url=None
        )
        return [AddonPaymentFailed(timestamp=at, purchase=failed)]
    url = seen.confirmation_url or purchase.confirmation_url
    waiting = replace(known, confirmation_url=url)
    return _unless_known(purchase, AddonConfirmationRequired(timestamp=at, purchase=waiting))


def _late(
    purchase: Purchase, known: Purchase, seen: Observation, at: datetime
) -> list[PurchaseEvent]:
    if seen.status == "succeeded":
        return [AddonPaidTooLate(timestamp=at, purchase=replace(known, captured=True))]
    return _unless_known(purchase, AddonChargeIdentified(timestamp=at, purchase=known))


def _unless_known(purchase: Purchase, event: PurchaseEvent) -> list[PurchaseEvent]:
    return [event] if event.purchase != purchase else []


def _refund(purchase: Purchase, seen: Observation, at: datetime) -> list[PurchaseEvent]:
    """Refunds made at the gateway itself. While one of ours is open, its part of the sum is not
    known."""
    unknown = seen.refunded_cents - purchase.refunded_cents
    if not purchase.captured or purchase.refunds or unknown <= 0:
        return []
    refunded = AddonRefunded(
        timestamp=at,
        purchase=purchase.with_refund(unknown, None),
        refund_ref=purchase.charge_ref or "",
        amount_cents=unknown,
        reason="refunded at the gateway",
    )
    return [refunded]
