"""A delivered add-on may be bought once more."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.addons.domain.errors import CannotReopen
from services.addons.domain.purchase.events import AddonReopened, PurchaseEvent
from services.addons.domain.purchase.state import Purchases


def decide_reopen(purchases: Purchases, purchase_id: str, at: datetime) -> list[PurchaseEvent]:
    purchase = purchases.get(purchase_id)
    if purchase.shown_status != "delivered" or not purchase.blocks:
        raise CannotReopen(status=purchase.shown_status)
    return [AddonReopened(timestamp=at, purchase=replace(purchase, blocks=False))]
