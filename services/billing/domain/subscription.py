"""One subscription as billing knows it, and what a gateway's snapshot makes of it."""

from __future__ import annotations

import calendar
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from gateways.port import Capabilities, SubscriptionSnapshot
from services.billing.domain.terms import Interval, Price

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
]
ACCESS: frozenset[str] = frozenset({"trialing", "active", "grace", "past_due"})
ENDED: frozenset[str] = frozenset({"cancelled", "expired"})
PAID: frozenset[str] = frozenset({"active", "grace"})
TROUBLED: frozenset[str] = frozenset({"pending", "past_due", "suspended", "paused"})


@dataclass(frozen=True, kw_only=True)
class Deal:
    """A plan as it was bought: `price_ref` is the gateway's name of that price."""

    plan: str
    price: Price
    price_ref: str = ""


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """`gateway` is None for an assigned local-only plan. `price` is what this subscriber really
    pays. `closed`: the gateway has ended it, and only time that was paid for is left.
    `unknown_status` holds a gateway's word that nobody here knows, while `status` stays as it was.
    """

    plan: str
    status: Status
    price: Price
    started_at: datetime
    gateway: str | None = None
    ref: str | None = None
    price_ref: str = ""
    customer: str | None = None
    checkout_id: str | None = None
    period_start: datetime | None = None
    period_end: datetime | None = None
    cancel_at: datetime | None = None
    ended_at: datetime | None = None
    next_plan: str | None = None
    closed: bool = False
    unknown_status: str = ""

    @property
    def has_ended(self) -> bool:
        return self.status in ENDED

    @property
    def has_access(self) -> bool:
        return self.status in ACCESS

    @property
    def renews(self) -> bool:
        """Its gateway will charge for it again unless somebody acts."""
        return self.gateway is not None and not (self.has_ended or self.status == "grace")

    def is_at(self, gateway: str, ref: str) -> bool:
        return self.gateway == gateway and self.ref == ref

    def unused(self, at: datetime) -> int:
        """Minor units of the paid period that `at` leaves unused; 0 for what nobody paid."""
        if self.status not in PAID or self.period_start is None or self.period_end is None:
            return 0
        length = (self.period_end - self.period_start).total_seconds()
        left = (self.period_end - max(at, self.period_start)).total_seconds()
        return round(self.price.price_cents * left / length) if left > 0 and length > 0 else 0


def reference(gateway: str, ref: str) -> str:
    """One name for an object of any gateway."""
    return f"{gateway}:{ref}"


def after_interval(start: datetime, interval: Interval) -> datetime:
    """A month or a year later; the last day of a shorter month."""
    months = start.year * 12 + start.month - 1 + (12 if interval == "year" else 1)
    year, month = divmod(months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return start.replace(year=year, month=month + 1, day=min(start.day, last))


def paid_until(snapshot: SubscriptionSnapshot) -> datetime | None:
    """Some gateways name no end once they plan no further payment: an interval after the last."""
    if snapshot.period_end is not None or snapshot.period_start is None:
        return snapshot.period_end
    return after_interval(snapshot.period_start, snapshot.interval)


def was_paid(snapshot: SubscriptionSnapshot) -> bool:
    """Whether an ended subscription had ever begun: an unpaid checkout ends without a period, or
    expires."""
    return snapshot.status == "cancelled" and snapshot.period_start is not None


@dataclass(frozen=True, kw_only=True)
class Sight:
    """A snapshot and what is needed to judge it: when, by which gateway's rules, and the deal
    that its price belongs to, where somebody else than the account knows it."""

    snapshot: SubscriptionSnapshot
    at: datetime
    rules: Capabilities
    deal: Deal | None = None

    @property
    def key(self) -> str:
        return reference(self.snapshot.gateway, self.snapshot.ref)

    @property
    def paid_through(self) -> datetime | None:
        """Until when access lasts although the gateway ended it at once."""
        end = paid_until(self.snapshot)
        outlives = self.rules.cancels == "immediately" and was_paid(self.snapshot)
        return end if outlives and end is not None and end > self.at else None


def first_drawn(sight: Sight, deal: Deal) -> Subscription:
    """A subscription that is seen for the first time. An unknown status counts as pending."""
    snapshot = sight.snapshot
    blank = Subscription(
        plan=deal.plan,
        status="pending",
        price=deal.price,
        started_at=snapshot.started_at or snapshot.period_start or sight.at,
        gateway=snapshot.gateway,
        ref=snapshot.ref,
        price_ref=deal.price_ref,
        checkout_id=snapshot.command_id or None,
    )
    return redrawn(sight, blank, deal, ends=False)


def redrawn(sight: Sight, before: Subscription, deal: Deal, *, ends: bool) -> Subscription:
    """The subscription as the snapshot shows it. `ends`: its cancellation was asked for at a
    gateway that does not tell so."""
    snapshot = sight.snapshot
    period_end = paid_until(snapshot) or before.period_end
    drawn = replace(
        before,
        plan=deal.plan,
        price=_price(snapshot, deal),
        price_ref=snapshot.price_ref or before.price_ref,
        customer=snapshot.customer or before.customer,
        period_start=snapshot.period_start or before.period_start,
        period_end=period_end,
        cancel_at=snapshot.cancel_at or (period_end if ends else None),
        next_plan=None if deal.plan == before.next_plan else before.next_plan,
        unknown_status=snapshot.raw_status if snapshot.status == "unknown" else "",
    )
    return _with_status(sight, drawn)


def _with_status(sight: Sight, drawn: Subscription) -> Subscription:
    status = sight.snapshot.status
    if sight.paid_through is not None:
        return replace(
            drawn, status="grace", closed=True, cancel_at=sight.paid_through, next_plan=None
        )
    if status == "cancelled" or status == "expired":
        ended_at = sight.snapshot.ended_at or drawn.ended_at or sight.snapshot.fetched_at
        return replace(
            drawn, status=status, ended_at=ended_at, cancel_at=None, next_plan=None, closed=True
        )
    if status == "unknown" or (status == "pending" and drawn.status != "pending"):
        return drawn
    if status in ("active", "grace"):
        ends_at = drawn.cancel_at or (drawn.period_end if status == "grace" else None)
        if ends_at is None:
            return replace(drawn, status="active")
        return replace(drawn, status="grace", cancel_at=ends_at, next_plan=None)
    return replace(drawn, status=status)


def _price(snapshot: SubscriptionSnapshot, deal: Deal) -> Price:
    if snapshot.price is None:
        return deal.price
    return Price(snapshot.price.amount, snapshot.price.currency, snapshot.interval)
