"""What the billing service publishes."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from contracts.envelope import EventData

Interval = Literal["month", "year"]
SubscriptionStatus = Literal[
    "pending",
    "trialing",
    "active",
    "grace",
    "past_due",
    "suspended",
    "paused",
    "cancelled",
    "expired",
]
ACCESS: frozenset[str] = frozenset({"trialing", "active", "grace", "past_due"})


class PlanCreated(EventData):
    TYPE = "billing.PlanCreated.v1"
    slug: str
    name: str
    family: str | None
    price_cents: int
    currency: str
    interval: Interval
    monthly_conversations: int
    monthly_messages: int | None
    max_tokens_per_response: int | None
    features: dict[str, bool | int | str | None]
    limits: dict[str, int | None]
    is_active: bool
    is_default: bool


class PlanRenamed(EventData):
    TYPE = "billing.PlanRenamed.v1"
    slug: str
    name: str


class PlanRepriced(EventData):
    """New subscribers pay this; who subscribed before stays on the price they bought."""

    TYPE = "billing.PlanRepriced.v1"
    slug: str
    price_cents: int
    currency: str
    interval: Interval
    previous_price_cents: int
    previous_currency: str


class PlanLimitsChanged(EventData):
    """The whole set of limits and flags as they are now; holds for existing subscribers too."""

    TYPE = "billing.PlanLimitsChanged.v1"
    slug: str
    family: str | None
    monthly_conversations: int
    monthly_messages: int | None
    max_tokens_per_response: int | None
    features: dict[str, bool | int | str | None]
    limits: dict[str, int | None]


class PlanActivated(EventData):
    TYPE = "billing.PlanActivated.v1"
    slug: str


class PlanDeactivated(EventData):
    TYPE = "billing.PlanDeactivated.v1"
    slug: str


class PlanMadeDefault(EventData):
    """What workspaces without a subscription live on from now; the former default is not any
    more."""

    TYPE = "billing.PlanMadeDefault.v1"
    slug: str
    previous: str | None


class PlanNoLongerDefault(EventData):
    """Accompanies the `PlanMadeDefault` of `successor`."""

    TYPE = "billing.PlanNoLongerDefault.v1"
    slug: str
    successor: str


class PlanSynced(EventData):
    TYPE = "billing.PlanSynced.v1"
    slug: str
    gateway: str
    product_ref: str
    price_ref: str
    price_cents: int
    currency: str
    interval: Interval = "month"
    archived_price_ref: str | None


class PlanSyncFailed(EventData):
    TYPE = "billing.PlanSyncFailed.v1"
    slug: str
    gateway: str
    reason: str


class PlanWithdrawn(EventData):
    """The plan costs nothing any more, and the gateway sells it no longer."""

    TYPE = "billing.PlanWithdrawn.v1"
    slug: str
    gateway: str
    archived_price_ref: str | None


class Subscription(EventData):
    """The whole subscription as it is *after* the event that carries it.

    `gateway` is None for an assigned local-only plan. The workspace lives on `plan` while `status`
    is in `ACCESS`, else on the default plan. Price is what this subscriber pays an interval.
    """

    workspace_id: str
    plan: str
    status: SubscriptionStatus
    gateway: str | None
    subscription_ref: str | None
    customer_ref: str | None
    checkout_id: str | None
    price_cents: int
    currency: str
    interval: Interval
    started_at: datetime
    period_start: datetime | None
    period_end: datetime | None
    cancel_at: datetime | None
    ended_at: datetime | None
    next_plan: str | None


class CheckoutStarted(EventData):
    TYPE = "billing.CheckoutStarted.v1"
    workspace_id: str
    checkout_id: str
    gateway: str
    plan: str
    price_cents: int
    currency: str
    replaces: str | None


class AccountOpened(EventData):
    """The first thing that was recorded of a workspace."""

    TYPE = "billing.AccountOpened.v1"
    workspace_id: str


class CheckoutOpened(EventData):
    """The gateway's hosted page is there, until `expires_at` where it says so."""

    TYPE = "billing.CheckoutOpened.v1"
    workspace_id: str
    checkout_id: str
    gateway: str
    checkout_ref: str
    url: str
    expires_at: datetime | None


class CheckoutAbandoned(EventData):
    """The page of a superseded checkout can't be paid any more."""

    TYPE = "billing.CheckoutAbandoned.v1"
    workspace_id: str
    checkout_id: str


class CheckoutClosed(EventData):
    """An open checkout came to nothing."""

    TYPE = "billing.CheckoutClosed.v1"
    workspace_id: str
    checkout_id: str
    gateway: str
    reason: Literal["superseded", "expired", "failed"]


class SubscriptionEvent(EventData):
    workspace_id: str
    subscription: Subscription


class PlanSubscribed(SubscriptionEvent):
    TYPE = "billing.PlanSubscribed.v1"
    checkout_id: str | None


class PlanAssigned(SubscriptionEvent):
    TYPE = "billing.PlanAssigned.v1"


class SubscriptionRenewed(SubscriptionEvent):
    TYPE = "billing.SubscriptionRenewed.v1"


class PlanSwapped(SubscriptionEvent):
    TYPE = "billing.PlanSwapped.v1"
    previous_plan: str


class PlanSwapScheduled(SubscriptionEvent):
    """`subscription.next_plan` takes effect at `effective_at`."""

    TYPE = "billing.PlanSwapScheduled.v1"
    effective_at: datetime


class CancellationScheduled(SubscriptionEvent):
    TYPE = "billing.CancellationScheduled.v1"
    cancel_at: datetime


class SubscriptionResumed(SubscriptionEvent):
    TYPE = "billing.SubscriptionResumed.v1"


class SubscriptionCancelled(SubscriptionEvent):
    """Ended for good (`cancelled` or `expired`): the workspace is on the default plan again."""

    TYPE = "billing.SubscriptionCancelled.v1"


class SubscriptionSuspended(SubscriptionEvent):
    """Access is withdrawn (`suspended` or `paused`), but the subscription may come back."""

    TYPE = "billing.SubscriptionSuspended.v1"


class PaymentFailed(SubscriptionEvent):
    TYPE = "billing.PaymentFailed.v1"


class PaymentRecovered(SubscriptionEvent):
    """Paid again, or un-paused: `active` after past_due, suspended or paused."""

    TYPE = "billing.PaymentRecovered.v1"


class SubscriptionAmended(SubscriptionEvent):
    """Facts changed that no other event tells of: a period's bounds, the customer."""

    TYPE = "billing.SubscriptionAmended.v1"


class SubscriptionSuperseded(EventData):
    """Another subscription counts: this one is being ended at its gateway."""

    TYPE = "billing.SubscriptionSuperseded.v1"
    workspace_id: str
    superseded: Subscription
    reason: str


class PriceMismatchNoticed(EventData):
    """The gateway charges something else than was agreed; what it charges counts."""

    TYPE = "billing.PriceMismatchNoticed.v1"
    workspace_id: str
    gateway: str
    subscription_ref: str
    agreed_cents: int
    agreed_currency: str
    charged_cents: int
    charged_currency: str


class SubscriptionChangeRequested(EventData):
    """Recorded before the gateway is asked: the intent. `plan` and `timing` of a swap."""

    TYPE = "billing.SubscriptionChangeRequested.v1"
    workspace_id: str
    command_id: str
    kind: Literal["cancel", "resume", "swap"]
    gateway: str
    subscription_ref: str
    plan: str | None
    timing: Literal["prorate", "next_cycle"] | None


class SubscriptionChangeConfirmed(EventData):
    TYPE = "billing.SubscriptionChangeConfirmed.v1"
    workspace_id: str
    command_id: str


class SubscriptionChangeRefused(EventData):
    """The gateway will never do it."""

    TYPE = "billing.SubscriptionChangeRefused.v1"
    workspace_id: str
    command_id: str
    reason: str


class OverlapRefundDue(EventData):
    """What is to be given back, before the gateway is asked with `command_id`."""

    TYPE = "billing.OverlapRefundDue.v1"
    workspace_id: str
    command_id: str
    gateway: str
    subscription_ref: str
    amount_cents: int
    currency: str


class OrphanSubscriptionCancelled(EventData):
    """A second live subscription was ended at its gateway, so that nobody pays for both."""

    TYPE = "billing.OrphanSubscriptionCancelled.v1"
    workspace_id: str
    gateway: str
    subscription_ref: str
    reason: str


class OverlapRefunded(EventData):
    """Money given back for a time in which two subscriptions had been paid."""

    TYPE = "billing.OverlapRefunded.v1"
    workspace_id: str
    gateway: str
    subscription_ref: str
    refund_ref: str
    amount_cents: int
    currency: str


class PaymentMethodSaved(EventData):
    """The method that one-time charges may use, until the next such event of the workspace."""

    TYPE = "billing.PaymentMethodSaved.v1"
    workspace_id: str
    gateway: str
    customer_ref: str
    payment_method_ref: str
    brand: str
    last4: str


class WorkspaceSettingsChanged(EventData):
    """`billing_email` is sealed: see the privacy ADR."""

    TYPE = "billing.WorkspaceSettingsChanged.v1"
    workspace_id: str
    plan_change: Literal["prorate", "next_cycle"]
    billing_email: str | None


class WebhookReceived(EventData):
    """A verified notification was stored. References are the gateway's, empty where it names none;
    `workspace_id` is empty while it is not known whose. Whoever owns what it names fetches that.
    """

    TYPE = "billing.WebhookReceived.v1"
    gateway: str
    webhook_id: str
    webhook_type: str
    workspace_id: str
    subscription_ref: str
    checkout_ref: str
    charge_ref: str
    customer_ref: str


class WorkspaceErased(EventData):
    """The key of the workspace's personal data was destroyed: whoever copied sealed text can't
    open it any more, and whoever keeps opened text must delete it."""

    TYPE = "billing.WorkspaceErased.v1"
    workspace_id: str
