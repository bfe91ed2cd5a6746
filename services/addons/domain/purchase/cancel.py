"""Cancelling before delivery."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.addons.domain.errors import CannotCancel
from services.addons.domain.purchase.events import AddonCancelled, PurchaseEvent
from services.addons.domain.purchase.refund import give_back
from services.addons.domain.purchase.state import Purchases


def decide_cancel(
    purchases: Purchases, purchase_id: str, refund_id: str, at: datetime, reason: str = ""
) -> list[PurchaseEvent]:
    """What was paid goes back. Credits that were paid for are delivered: a refund takes back what
    of them is unspent."""
    purchase = purchases.get(purchase_id)
    cancellable = ("pending",) if purchase.repeatable else ("pending", "paid")
    if purchase.shown_status not in cancellable:
        raise CannotCancel(status=purchase.shown_status)
    cancelled = replace(purchase, status="cancelled", blocks=False, confirmation_url=None)
    return [
        AddonCancelled(timestamp=at, purchase=cancelled, reason=reason),
        *give_back(cancelled, refund_id, reason or "cancelled before delivery", at),
    ]
