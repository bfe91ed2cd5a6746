"""A discount is made, changed, redeemed and released."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from kernel.events import DomainEvent
from services.billing.domain.discount import events
from services.billing.domain.discount.state import Discount
from services.billing.domain.discount.terms import DiscountOffer
from services.billing.domain.errors import DiscountExhausted


def decide_create(code: str, offer: DiscountOffer, at: datetime) -> list[DomainEvent]:
    offer.check()
    return [events.DiscountCreated(timestamp=at, code=code.upper(), offer=offer)]


def decide_change(discount: Discount, change: dict[str, Any], at: datetime) -> list[DomainEvent]:
    """Who redeemed it keeps the terms of then."""
    offer = replace(discount.offer, **change)
    if offer == discount.offer:
        return []
    offer.check()
    return [events.DiscountChanged(timestamp=at, offer=offer)]


def decide_redeem(
    discount: Discount, workspace: str, order: str, at: datetime
) -> list[DomainEvent]:
    """A workspace that holds it already may hold it for another checkout, too. Raises
    DiscountExhausted or DiscountNotApplicable."""
    held = discount.redemptions.get(workspace)
    if held is not None and order in held:
        return []
    if held is None:
        discount.offer.require_open(discount.code, at)
        if discount.is_exhausted:
            raise DiscountExhausted(code=discount.code)
    return [events.DiscountRedeemed(timestamp=at, workspace_id=workspace, order_id=order)]


def decide_release(
    discount: Discount, workspace: str, order: str, at: datetime
) -> list[DomainEvent]:
    if order not in discount.redemptions.get(workspace, frozenset()):
        return []
    return [events.DiscountReleased(timestamp=at, workspace_id=workspace, order_id=order)]
