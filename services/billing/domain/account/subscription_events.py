"""What happened to the subscription that counts, in the account's stream."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from kernel.events import DomainEvent, added
from services.billing.domain.account.subscription import Subscription
from services.billing.domain.terms import Price


@dataclass(frozen=True, kw_only=True)
class SubscriptionEvent(DomainEvent):
    """`subscription` is the whole of it afterwards; `seen_at` dates the snapshot that showed it,
    None when our own command did."""

    subscription: Subscription
    seen_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class PlanSubscribed(SubscriptionEvent):
    TOPIC: ClassVar[str] = "billing.PlanSubscribed"


@dataclass(frozen=True, kw_only=True)
class PlanAssigned(SubscriptionEvent):
    TOPIC: ClassVar[str] = "billing.PlanAssigned"


@dataclass(frozen=True, kw_only=True)
class SubscriptionRenewed(SubscriptionEvent):
    TOPIC: ClassVar[str] = "billing.SubscriptionRenewed"


@dataclass(frozen=True, kw_only=True)
class PlanSwapped(SubscriptionEvent):
    """Also when only the price of the same plan became another."""

    TOPIC: ClassVar[str] = "billing.PlanSwapped"
    previous_plan: str


@dataclass(frozen=True, kw_only=True)
class PlanSwapScheduled(SubscriptionEvent):
    TOPIC: ClassVar[str] = "billing.PlanSwapScheduled"
    effective_at: datetime


@dataclass(frozen=True, kw_only=True)
class CancellationScheduled(SubscriptionEvent):
    TOPIC: ClassVar[str] = "billing.CancellationScheduled"


@dataclass(frozen=True, kw_only=True)
class SubscriptionResumed(SubscriptionEvent):
    TOPIC: ClassVar[str] = "billing.SubscriptionResumed"


@dataclass(frozen=True, kw_only=True)
class SubscriptionCancelled(SubscriptionEvent):
    TOPIC: ClassVar[str] = "billing.SubscriptionCancelled"


@dataclass(frozen=True, kw_only=True)
class SubscriptionSuspended(SubscriptionEvent):
    TOPIC: ClassVar[str] = "billing.SubscriptionSuspended"


@dataclass(frozen=True, kw_only=True)
class PaymentFailed(SubscriptionEvent):
    """`after_trial`: the first payment after a trial did."""

    TOPIC: ClassVar[str] = "billing.PaymentFailed"
    after_trial: bool = added(False)


@dataclass(frozen=True, kw_only=True)
class PaymentRecovered(SubscriptionEvent):
    TOPIC: ClassVar[str] = "billing.PaymentRecovered"


@dataclass(frozen=True, kw_only=True)
class SubscriptionAmended(SubscriptionEvent):
    """Facts changed that no other event tells: a period's bounds, the customer, a status that
    nobody here knows."""

    TOPIC: ClassVar[str] = "billing.SubscriptionAmended"


@dataclass(frozen=True, kw_only=True)
class QuantityChanged(SubscriptionEvent):
    TOPIC: ClassVar[str] = "billing.QuantityChanged"
    previous_quantity: int


@dataclass(frozen=True, kw_only=True)
class SubscriptionPaused(SubscriptionEvent):
    """Nothing is charged meanwhile. Also when its end was moved."""

    TOPIC: ClassVar[str] = "billing.SubscriptionPaused"


@dataclass(frozen=True, kw_only=True)
class SubscriptionUnpaused(SubscriptionEvent):
    TOPIC: ClassVar[str] = "billing.SubscriptionUnpaused"


@dataclass(frozen=True, kw_only=True)
class TrialStarted(SubscriptionEvent):
    TOPIC: ClassVar[str] = "billing.TrialStarted"


@dataclass(frozen=True, kw_only=True)
class TrialEnding(SubscriptionEvent):
    """Once for each end, three days before it, or when it is nearer already."""

    TOPIC: ClassVar[str] = "billing.TrialEnding"


@dataclass(frozen=True, kw_only=True)
class TrialEnded(SubscriptionEvent):
    """It is charged from now on, or has ended."""

    TOPIC: ClassVar[str] = "billing.TrialEnded"


@dataclass(frozen=True, kw_only=True)
class TrialConverted(SubscriptionEvent):
    """Money came for what began with a trial, for the first time: dated by that invoice."""

    TOPIC: ClassVar[str] = "billing.TrialConverted"


@dataclass(frozen=True, kw_only=True)
class DiscountApplied(SubscriptionEvent):
    """Its discounts are others now."""

    TOPIC: ClassVar[str] = "billing.DiscountApplied"


@dataclass(frozen=True, kw_only=True)
class DiscountRemoved(SubscriptionEvent):
    """It has fewer discounts."""

    TOPIC: ClassVar[str] = "billing.DiscountRemoved"


@dataclass(frozen=True, kw_only=True)
class PriceMismatchNoticed(DomainEvent):
    """The gateway charges something else than what was agreed. What it charges counts."""

    TOPIC: ClassVar[str] = "billing.PriceMismatchNoticed"
    gateway: str
    subscription_ref: str
    agreed: Price
    charged: Price
