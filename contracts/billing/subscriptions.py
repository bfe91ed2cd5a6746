"""What a workspace lives on, and every change of it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from contracts.billing.plans import Interval
from contracts.envelope import EventData, later

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


class Discount(EventData):
    """Either `percent` (0 to 100) or `amount_cents`; for ever without `ends_at`."""

    name: str
    percent: float | None
    amount_cents: int | None
    ends_at: datetime | None


class Pause(EventData):
    """`collection`: nothing is collected; `subscription`: it rests. `blocks`: nothing is left."""

    kind: Literal["collection", "subscription"]
    resumes_at: datetime | None
    blocks: bool = later(False)


class OpenInvoice(EventData):
    """What waits to be paid, at `url` by the customer."""

    invoice_ref: str
    amount_cents: int
    currency: str
    due_at: datetime | None
    url: str | None


class Subscription(EventData):
    """The whole subscription as it is *after* the event that carries it.

    `gateway` is None for an assigned local-only plan. The workspace lives on `plan` while `status`
    is in `ACCESS`, else on the default plan, or on nothing while `blocked`. `price_cents` and
    `amount_cents` are what this subscriber really pays every `interval_count` intervals, all
    discounts and the whole `quantity` in it; `unit_price_cents` is what a unit was bought for. Both
    are None where that is `price_cents`. `discount` is the first of `discounts`.
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
    amount_cents: int | None = later(None)
    unit_price_cents: int | None = later(None)
    quantity: int = later(1)
    interval_count: int = later(1)
    discount: Discount | None = later(None)
    discounts: tuple[Discount, ...] = later(())
    trial_ends_at: datetime | None = later(None)
    paused: Pause | None = later(None)
    open_invoice: OpenInvoice | None = later(None)

    @property
    def blocked(self) -> bool:
        return self.status == "paused" and self.paused is not None and self.paused.blocks


class SubscriptionEvent(EventData):
    workspace_id: str
    subscription: Subscription


class PlanSubscribed(SubscriptionEvent):
    """A workspace pays for a plan, and has access."""

    TYPE = "billing.PlanSubscribed.v1"
    checkout_id: str | None


class PlanAssigned(SubscriptionEvent):
    """A plan that costs nothing, given by an admin."""

    TYPE = "billing.PlanAssigned.v1"


class SubscriptionRenewed(SubscriptionEvent):
    """Another period was paid."""

    TYPE = "billing.SubscriptionRenewed.v1"


class PlanSwapped(SubscriptionEvent):
    """The subscription is one for another plan now."""

    TYPE = "billing.PlanSwapped.v1"
    previous_plan: str


class PlanSwapScheduled(SubscriptionEvent):
    """`subscription.next_plan` takes effect at `effective_at`."""

    TYPE = "billing.PlanSwapScheduled.v1"
    effective_at: datetime


class CancellationScheduled(SubscriptionEvent):
    """It ends when the paid time does, and can be taken back until then."""

    TYPE = "billing.CancellationScheduled.v1"
    cancel_at: datetime


class SubscriptionResumed(SubscriptionEvent):
    """A scheduled cancellation was taken back."""

    TYPE = "billing.SubscriptionResumed.v1"


class SubscriptionCancelled(SubscriptionEvent):
    """Ended for good (`cancelled` or `expired`): the workspace is on the default plan again."""

    TYPE = "billing.SubscriptionCancelled.v1"


class SubscriptionSuspended(SubscriptionEvent):
    """Access is withdrawn (`suspended` or `paused`), but the subscription may come back."""

    TYPE = "billing.SubscriptionSuspended.v1"


class PaymentFailed(SubscriptionEvent):
    """A renewal was not paid. Access stays for a while: see `past_due`. `after_trial`: it was to be
    the first payment since a trial."""

    TYPE = "billing.PaymentFailed.v1"
    after_trial: bool = later(False)


class PaymentRecovered(SubscriptionEvent):
    """Paid again, or un-paused: `active` after past_due, suspended or paused."""

    TYPE = "billing.PaymentRecovered.v1"


class SubscriptionAmended(SubscriptionEvent):
    """Facts changed that no other event tells of: a period's bounds, the customer."""

    TYPE = "billing.SubscriptionAmended.v1"


class QuantityChanged(SubscriptionEvent):
    """Other units of its plan are charged; the subscription has the new quantity."""

    TYPE = "billing.QuantityChanged.v1"
    previous_quantity: int


class SubscriptionPaused(SubscriptionEvent):
    """Nothing is charged meanwhile; also when its end was moved. Access goes by the status."""

    TYPE = "billing.SubscriptionPaused.v1"


class SubscriptionUnpaused(SubscriptionEvent):
    """It is charged again, by hand or because its pause has ended."""

    TYPE = "billing.SubscriptionUnpaused.v1"


class TrialStarted(SubscriptionEvent):
    """Nothing is charged until the subscription's `trial_ends_at`; also when that was moved."""

    TYPE = "billing.TrialStarted.v1"


class TrialEnding(SubscriptionEvent):
    """The trial ends in three days, or sooner; told once for each end."""

    TYPE = "billing.TrialEnding.v1"


class TrialEnded(SubscriptionEvent):
    """It is charged from now on, or has ended: the status tells."""

    TYPE = "billing.TrialEnded.v1"


class TrialConverted(SubscriptionEvent):
    """The first money since the trial began has come: dated by its payment."""

    TYPE = "billing.TrialConverted.v1"


class DiscountApplied(SubscriptionEvent):
    """Less is charged; the subscription has the discount."""

    TYPE = "billing.DiscountApplied.v1"


class DiscountRemoved(SubscriptionEvent):
    """The discount has ended, or was taken away."""

    TYPE = "billing.DiscountRemoved.v1"


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
