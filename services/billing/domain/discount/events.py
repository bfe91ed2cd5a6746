"""What happened to a discount: stream `discount:<code>`. Topics never change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kernel.events import CreatedEvent, DomainEvent
from services.billing.domain.discount.terms import DiscountOffer


@dataclass(frozen=True, kw_only=True)
class DiscountCreated(CreatedEvent):
    TOPIC: ClassVar[str] = "billing.DiscountCreated"
    code: str
    offer: DiscountOffer


@dataclass(frozen=True, kw_only=True)
class DiscountChanged(DomainEvent):
    """For whoever redeems it from now on."""

    TOPIC: ClassVar[str] = "billing.DiscountChanged"
    offer: DiscountOffer


@dataclass(frozen=True, kw_only=True)
class DiscountRedeemed(DomainEvent):
    """`order_id` is the checkout or the change that it is for."""

    TOPIC: ClassVar[str] = "billing.DiscountRedeemed"
    workspace_id: str
    order_id: str


@dataclass(frozen=True, kw_only=True)
class DiscountReleased(DomainEvent):
    """Nothing came of what it was for."""

    TOPIC: ClassVar[str] = "billing.DiscountReleased"
    workspace_id: str
    order_id: str
