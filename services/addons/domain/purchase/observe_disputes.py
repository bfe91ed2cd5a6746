"""What the payer's bank says of a purchase."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.addons.domain.purchase.events import (
    AddonDisputeClosed,
    AddonDisputed,
    PurchaseEvent,
)
from services.addons.domain.purchase.observation import Observation
from services.addons.domain.purchase.purchase import Dispute, Purchase
from services.addons.domain.purchase.state import Purchases

ORDER = ("open", "lost", "won")


def disputes_seen(
    purchases: Purchases, purchase: Purchase, seen: Observation, at: datetime
) -> list[PurchaseEvent]:
    """Of several the one that matters. What was opened and closed meanwhile are two events."""
    if not seen.disputes or not purchase.captured:
        return []
    now = min(seen.disputes, key=lambda each: (ORDER.index(each.status), each.ref))
    known = purchase.dispute
    if known is not None and (known.ref, known.status) == (now.ref, now.status):
        return []
    opened = replace(purchase, dispute=replace(now, status="open"))
    events: list[PurchaseEvent] = []
    if known is None or known.ref != now.ref or now.status == "open":
        events.append(AddonDisputed(timestamp=at, purchase=opened))
    if now.status != "open":
        events.append(_closed(purchases, purchase, now, at))
    return events


def _closed(
    purchases: Purchases, purchase: Purchase, dispute: Dispute, at: datetime
) -> AddonDisputeClosed:
    """What was lost blocks no longer; what was won after all does, unless another one does."""
    held = purchase.status in ("paid", "delivered")
    was_lost = purchase.dispute is not None and purchase.dispute.status == "lost"
    regained = (
        held
        and was_lost
        and not purchase.repeatable
        and not purchases.is_taken(purchase.purchase_id)
    )
    blocks = dispute.status == "won" and (purchase.blocks or regained)
    return AddonDisputeClosed(
        timestamp=at, purchase=replace(purchase, dispute=dispute, blocks=blocks)
    )
