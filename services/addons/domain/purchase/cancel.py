"""Cancelling before delivery."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from kernel.errors import Forbidden
from services.addons.domain.errors import CannotCancel
from services.addons.domain.purchase.events import AddonCancelled, PurchaseEvent
from services.addons.domain.purchase.refund import give_back
from services.addons.domain.purchase.state import Purchases


def decide_cancel(
    purchases: Purchases, purchase_id: str, refund_id: str, at: datetime, *, also_paid: bool = True
) -> list[PurchaseEvent]:
    """What was paid goes back. Who may not cancel what is paid (`also_paid` false) is Forbidden
    to."""
    purchase = purchases.get(purchase_id)
    if purchase.captured and not also_paid:
        raise Forbidden("What is paid is cancelled by the platform's team.")
    if purchase.status not in ("pending", "paid"):
        raise CannotCancel(status=purchase.status)
    cancelled = replace(purchase, status="cancelled", blocks=False, confirmation_url=None)
    return [
        AddonCancelled(timestamp=at, purchase=cancelled),
        *give_back(cancelled, refund_id, "cancelled before delivery", at),
    ]
