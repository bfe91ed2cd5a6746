"""Refunds that the gateway shows and that were not made by us, and those of which nothing came."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.addons.domain.purchase.events import (
    AddonRefunded,
    AddonRefundFailed,
    PurchaseEvent,
)
from services.addons.domain.purchase.observation import Observation
from services.addons.domain.purchase.purchase import Purchase
from services.addons.domain.purchase.state import Purchases

UNDELIVERED = "the refund failed after it was confirmed"


def refunds_seen(
    purchases: Purchases, purchase: Purchase, seen: Observation, at: datetime
) -> list[PurchaseEvent]:
    """While one of ours is open, its part of the sum is not known. Confirmed money counts as back
    with us only where the gateway names refunds that failed."""
    unknown = seen.refunded_cents - purchase.refunded_cents
    if not purchase.captured or purchase.refunds:
        return []
    if unknown > 0:
        return [_refunded(purchase, unknown, at)]
    failed = sum(refund.amount_cents for refund in seen.failed_refunds)
    return [_came_back(purchases, purchase, -unknown, seen, at)] if 0 < -unknown <= failed else []


def _refunded(purchase: Purchase, amount_cents: int, at: datetime) -> AddonRefunded:
    return AddonRefunded(
        timestamp=at,
        purchase=purchase.with_refund(amount_cents, None),
        refund_ref=purchase.charge_ref or "",
        amount_cents=amount_cents,
        reason="refunded at the gateway",
    )


def _came_back(
    purchases: Purchases, purchase: Purchase, amount_cents: int, seen: Observation, at: datetime
) -> AddonRefundFailed:
    """A refunded purchase is again what it was before, and blocks unless another one does."""
    before = purchases.kept.get(purchase.purchase_id, purchase)
    returns = purchase.status == "refunded"
    back = replace(
        purchase,
        refunded_cents=purchase.refunded_cents - amount_cents,
        status=before.status if returns else purchase.status,
        blocks=(returns and before.blocks and not purchases.is_taken(purchase.purchase_id))
        or purchase.blocks,
    )
    return AddonRefundFailed(
        timestamp=at,
        purchase=back,
        refund_id=seen.failed_refunds[-1].ref,
        amount_cents=amount_cents,
        reason=UNDELIVERED,
    )
