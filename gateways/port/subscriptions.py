"""What is charged every interval, and its invoices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from gateways.port.plans import Interval
from kernel.money import Money

Status = Literal[
    "pending",
    "trialing",
    "active",
    "grace",
    "past_due",
    "suspended",
    "paused",
    "cancelled",
    "expired",
    "unknown",
]
SwapTiming = Literal["prorate", "next_cycle"]


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    ref: str
    brand: str = ""
    last4: str = ""


@dataclass(frozen=True, slots=True)
class SubscriptionSnapshot:
    """One subscription as its gateway shows it at `fetched_at` (taken before the request is sent,
    so that comparing two snapshots by it never prefers the older one).

    `status` is neutral, `raw_status` the gateway's word. `workspace_id`,
    `command_id` (of the checkout) and `replaces` come back from the metadata we sent, empty when
    the subscription was not made by us. `price` is what this subscriber pays each interval.
    """

    gateway: str
    ref: str
    status: Status
    raw_status: str
    fetched_at: datetime
    workspace_id: str = ""
    command_id: str = ""
    replaces: str | None = None
    price_ref: str = ""
    price: Money | None = None
    interval: Interval = "month"
    started_at: datetime | None = None
    period_start: datetime | None = None
    period_end: datetime | None = None
    cancel_at: datetime | None = None
    ended_at: datetime | None = None
    customer: str | None = None
    payment_method: PaymentMethod | None = None


@dataclass(frozen=True, slots=True)
class Swapped:
    """The change is in force, or will be at `effective_at`."""

    effective_at: datetime


@dataclass(frozen=True, slots=True)
class NeedsCheckout:
    """This gateway can't change a plan in place: cancel and check out anew."""


@dataclass(frozen=True, slots=True)
class Invoice:
    """`charge`: the payment that `refund` takes, where the gateway names one."""

    number: str
    date: datetime
    amount: Money
    status: str
    url: str | None = None
    charge: str | None = None
