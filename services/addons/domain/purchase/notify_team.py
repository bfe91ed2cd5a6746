"""The delivery team was notified of a paid purchase."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.addons.domain.purchase.events import DeliveryTeamPaged, PurchaseEvent
from services.addons.domain.purchase.state import Purchases


def decide_notify_team(
    purchases: Purchases, purchase_id: str, message_id: str, at: datetime
) -> list[PurchaseEvent]:
    """Nothing the second time."""
    purchase = purchases.get(purchase_id)
    if purchase.paged:
        return []
    notified = replace(purchase, paged=True)
    return [DeliveryTeamPaged(timestamp=at, purchase=notified, message_id=message_id)]
