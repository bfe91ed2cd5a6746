"""An attempt to buy: the intent, before any money moves."""

from __future__ import annotations

from services.addons.domain.errors import AddonAlreadyPurchased
from services.addons.domain.purchase.events import (
    AddonPurchaseStarted,
    AddonPurchaseStartedAgain,
    PurchaseEvent,
)
from services.addons.domain.purchase.purchase import Purchase
from services.addons.domain.purchase.state import Purchases


def decide_start(purchases: Purchases | None, purchase: Purchase) -> list[PurchaseEvent]:
    if purchases is None:
        return [AddonPurchaseStarted(timestamp=purchase.started_at, purchase=purchase)]
    for other in purchases.purchases.values():
        if other.blocks:
            raise AddonAlreadyPurchased(purchase_id=other.purchase_id, status=other.status)
    return [AddonPurchaseStartedAgain(timestamp=purchase.started_at, purchase=purchase)]
