"""What happens to a rule by which credits are bought."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from kernel.events import CreatedEvent, DomainEvent
from services.addons.domain.purchase.purchase import Buyer

StopReason = Literal["card_declined", "no_saved_method", "offer_changed"]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """When fewer than `below` units of a meter are left, `addon` is bought for `buyer`, at the
    price that was agreed on, at most so often in a UTC day and month. Each setting of a rule has an
    id of its own."""

    rule_id: str
    addon: str
    below: int
    most_a_day: int
    most_a_month: int
    price_cents: int
    currency: str
    buyer: Buyer


@dataclass(frozen=True, kw_only=True)
class TopUpEvent(DomainEvent):
    workspace_id: str
    meter: str


@dataclass(frozen=True, kw_only=True)
class TopUpSet(TopUpEvent, CreatedEvent):
    TOPIC: ClassVar[str] = "addons.TopUpSet"
    rule: Rule


@dataclass(frozen=True, kw_only=True)
class TopUpSetAgain(TopUpEvent):
    """Another rule, or the same once more, in the stream of the first. It starts anew."""

    TOPIC: ClassVar[str] = "addons.TopUpSetAgain"
    rule: Rule


@dataclass(frozen=True, kw_only=True)
class TopUpRemoved(TopUpEvent):
    TOPIC: ClassVar[str] = "addons.TopUpRemoved"
    rule_id: str


@dataclass(frozen=True, kw_only=True)
class TopUpOrdered(TopUpEvent):
    """The intent: the purchase has this id, and nothing was charged yet. `low_id` is what metering
    said of the credits, and is answered by one purchase."""

    TOPIC: ClassVar[str] = "addons.TopUpOrdered"
    rule_id: str
    addon: str
    low_id: str
    purchase_id: str


@dataclass(frozen=True, kw_only=True)
class TopUpStopped(TopUpEvent):
    """Nothing more is bought until somebody sets the rule again."""

    TOPIC: ClassVar[str] = "addons.TopUpStopped"
    rule_id: str
    addon: str
    reason: StopReason
    purchase_id: str | None
