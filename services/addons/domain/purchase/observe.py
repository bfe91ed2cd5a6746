"""What a gateway shows of a purchase only moves it forward: the same again, or an older state,
changes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.addons.domain.purchase.events import (
    AddonChargeIdentified,
    AddonConfirmationRequired,
    AddonDisputeClosed,
    AddonPaid,
    AddonPaidTooLate,
    AddonPaymentFailed,
    PurchaseEvent,
)
from services.addons.domain.purchase.observation import Observation
from services.addons.domain.purchase.observe_disputes import disputes_seen
from services.addons.domain.purchase.observe_refunds import refunds_seen
from services.addons.domain.purchase.purchase import Purchase
from services.addons.domain.purchase.refund import give_back
from services.addons.domain.purchase.state import Purchases


def decide_observe(
    purchases: Purchases, purchase_id: str, seen: Observation, refund_id: str, at: datetime
) -> list[PurchaseEvent]:
    """`refund_id` is used when money turns out to have arrived for a closed purchase."""
    before = purchases.get(purchase_id)
    events = _payment(before, seen, at)
    events += refunds_seen(purchases, events[-1].purchase if events else before, seen, at)
    events += disputes_seen(purchases, events[-1].purchase if events else before, seen, at)
    if events and (before.awaits_late_money or _is_won_for_nothing(events[-1])):
        events += give_back(events[-1].purchase, refund_id, "paid after it was closed", at)
    return events


def _is_won_for_nothing(event: PurchaseEvent) -> bool:
    """The bank has given back the money of what was cancelled meanwhile."""
    won = isinstance(event, AddonDisputeClosed) and not event.purchase.is_disputed
    return won and event.purchase.status in ("failed", "cancelled") and not event.purchase.refunds


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
        paid = replace(
            known, status="paid", captured=True, confirmation_url=None, decline_code=None
        )
        return [AddonPaid(timestamp=at, purchase=paid)]
    if seen.status != "pending":
        code = seen.decline_code or f"payment_{seen.status}"
        failed = replace(
            known, status="failed", blocks=False, decline_code=code, confirmation_url=None
        )
        return [AddonPaymentFailed(timestamp=at, purchase=failed)]
    waiting = replace(
        known,
        confirmation_url=seen.confirmation_url or purchase.confirmation_url,
        decline_code=seen.decline_code or purchase.decline_code,
    )
    return _unless_known(purchase, AddonConfirmationRequired(timestamp=at, purchase=waiting))


def _late(
    purchase: Purchase, known: Purchase, seen: Observation, at: datetime
) -> list[PurchaseEvent]:
    if seen.status == "succeeded":
        return [AddonPaidTooLate(timestamp=at, purchase=replace(known, captured=True))]
    return _unless_known(purchase, AddonChargeIdentified(timestamp=at, purchase=known))


def _unless_known(purchase: Purchase, event: PurchaseEvent) -> list[PurchaseEvent]:
    return [event] if event.purchase != purchase else []
