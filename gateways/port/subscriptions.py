"""What is charged every interval, and its invoices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from gateways.port.catalogue import Interval
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


class Subscriptions(Protocol):
    def fetch(self, ref: str) -> SubscriptionSnapshot: ...

    def list_all(self) -> Iterator[SubscriptionSnapshot]:
        """All that the gateway knows, for the doctor and the sweep. Pages lazily."""
        ...

    def cancel(self, command_id: str, ref: str, *, at_period_end: bool) -> None: ...

    def resume(self, command_id: str, ref: str) -> None: ...

    def swap(
        self, command_id: str, ref: str, price_ref: str, timing: SwapTiming
    ) -> Swapped | NeedsCheckout: ...

    def preview_swap(self, ref: str, price_ref: str, timing: SwapTiming) -> Money | None:
        """What the next invoice adds (negative: a credit), or None where it can't be known."""
        ...

    def portal_url(self, customer: str, return_url: str) -> str: ...

    def invoices(self, customer: str | None, subscription: str | None) -> Sequence[Invoice]:
        """Newest first."""
        ...
