"""The delivery team has done its work."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.addons.domain.errors import CannotDeliver, RefundInProgress
from services.addons.domain.purchase.events import AddonDelivered, PurchaseEvent
from services.addons.domain.purchase.state import Purchases


def decide_deliver(purchases: Purchases, purchase_id: str, at: datetime) -> list[PurchaseEvent]:
    purchase = purchases.get(purchase_id)
    if purchase.shown_status != "paid" or purchase.repeatable:
        raise CannotDeliver(status=purchase.shown_status)
    if purchase.refunds:
        raise RefundInProgress
    return [AddonDelivered(timestamp=at, purchase=replace(purchase, status="delivered"))]
