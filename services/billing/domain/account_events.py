"""What happened to a workspace's account: stream `account:<workspace>`. Topics never change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from kernel.aggregate import CreatedEvent, DomainEvent
from services.billing.domain.checkout import CloseReason
from services.billing.domain.subscription import Deal, Subscription
from services.billing.domain.terms import Price

ChangeKind = Literal["cancel", "resume", "swap"]
Timing = Literal["prorate", "next_cycle"]


@dataclass(frozen=True, kw_only=True)
class AccountOpened(CreatedEvent):
    TOPIC: ClassVar[str] = "billing.AccountOpened"
    workspace_id: str


# --- checkouts ------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class CheckoutStarted(DomainEvent):
    """The intent, before the gateway is asked with `checkout_id` as the command id. Everything
    that is needed to ask again is here."""

    TOPIC: ClassVar[str] = "billing.CheckoutStarted"
    checkout_id: str
    gateway: str
    deal: Deal
    replaces: str | None
    success_url: str
    cancel_url: str


@dataclass(frozen=True, kw_only=True)
class CheckoutOpened(DomainEvent):
    """The gateway's answer: its page."""

    TOPIC: ClassVar[str] = "billing.CheckoutOpened"
    checkout_id: str
    gateway: str
    ref: str
    url: str
    expires_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class CheckoutClosed(DomainEvent):
    TOPIC: ClassVar[str] = "billing.CheckoutClosed"
    checkout_id: str
    gateway: str
    reason: CloseReason


@dataclass(frozen=True, kw_only=True)
class CheckoutAbandoned(DomainEvent):
    """The page of a superseded checkout can't be paid any more."""

    TOPIC: ClassVar[str] = "billing.CheckoutAbandoned"
    checkout_id: str


# --- the subscription -----------------------------------------------------------------------------


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
    TOPIC: ClassVar[str] = "billing.PaymentFailed"


@dataclass(frozen=True, kw_only=True)
class PaymentRecovered(SubscriptionEvent):
    TOPIC: ClassVar[str] = "billing.PaymentRecovered"


@dataclass(frozen=True, kw_only=True)
class SubscriptionAmended(SubscriptionEvent):
    """Facts changed that no other event tells: a period's bounds, the customer, a status that
    nobody here knows."""

    TOPIC: ClassVar[str] = "billing.SubscriptionAmended"


@dataclass(frozen=True, kw_only=True)
class PriceMismatchNoticed(DomainEvent):
    """The gateway charges something else than what was agreed. What it charges counts."""

    TOPIC: ClassVar[str] = "billing.PriceMismatchNoticed"
    gateway: str
    subscription_ref: str
    agreed: Price
    charged: Price


# --- changes asked of the gateway -----------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class ChangeRequested(DomainEvent):
    """The intent, before the gateway is asked with `command_id`. `deal` and `timing` of a swap."""

    TOPIC: ClassVar[str] = "billing.ChangeRequested"
    command_id: str
    kind: ChangeKind
    gateway: str
    subscription_ref: str
    at_period_end: bool = True
    deal: Deal | None = None
    timing: Timing | None = None


@dataclass(frozen=True, kw_only=True)
class ChangeConfirmed(DomainEvent):
    TOPIC: ClassVar[str] = "billing.ChangeConfirmed"
    command_id: str


@dataclass(frozen=True, kw_only=True)
class ChangeRefused(DomainEvent):
    """The gateway will never do it: `reason` is `<code>: <message>`."""

    TOPIC: ClassVar[str] = "billing.ChangeRefused"
    command_id: str
    reason: str


# --- what must not be paid twice ------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class SubscriptionSuperseded(DomainEvent):
    """Another one counts. This one, whole, is to be cancelled at its gateway until that is
    confirmed."""

    TOPIC: ClassVar[str] = "billing.SubscriptionSuperseded"
    subscription: Subscription
    reason: str
    seen_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class OrphanSubscriptionCancelled(DomainEvent):
    TOPIC: ClassVar[str] = "billing.OrphanSubscriptionCancelled"
    gateway: str
    subscription_ref: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class OverlapRefundDue(DomainEvent):
    """The intent to give back what was paid for a time that another subscription covers too."""

    TOPIC: ClassVar[str] = "billing.OverlapRefundDue"
    command_id: str
    gateway: str
    subscription_ref: str
    amount_cents: int
    currency: str


@dataclass(frozen=True, kw_only=True)
class OverlapRefunded(DomainEvent):
    TOPIC: ClassVar[str] = "billing.OverlapRefunded"
    command_id: str
    gateway: str
    subscription_ref: str
    refund_ref: str
    amount_cents: int
    currency: str


# --- the rest -------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class PaymentMethodSaved(DomainEvent):
    TOPIC: ClassVar[str] = "billing.PaymentMethodSaved"
    gateway: str
    customer_ref: str
    payment_method_ref: str
    brand: str
    last4: str


@dataclass(frozen=True, kw_only=True)
class WorkspaceSettingsChanged(DomainEvent):
    """`billing_email` is sealed."""

    TOPIC: ClassVar[str] = "billing.WorkspaceSettingsChanged"
    plan_change: Timing
    billing_email: str | None


@dataclass(frozen=True, kw_only=True)
class WebhookReceived(CreatedEvent):
    """Stream `webhook:<gateway>:<webhook id>`. References are the gateway's, empty where it names
    none."""

    TOPIC: ClassVar[str] = "billing.WebhookReceived"
    gateway: str
    webhook_id: str
    webhook_type: str
    workspace_id: str
    subscription_ref: str
    checkout_ref: str
    charge_ref: str
    customer_ref: str
