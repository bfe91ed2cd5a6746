"""What a gateway's snapshot makes of a subscription."""

from __future__ import annotations

import calendar
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from gateways.port import Capabilities, SubscriptionSnapshot
from services.billing.domain.account.charged import charges_of, pause_of
from services.billing.domain.account.subscription import AgreedPrice, Subscription, reference
from services.billing.domain.terms import Interval, Price, WhilePaused

PAID: frozenset[str] = frozenset({"active", "grace", "trialing"})


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
class Observation:
    """A snapshot and what is needed to judge it: when, what its gateway can do, and what the
    catalogue knows: the agreed price that it shows, the plan that is planned next, and what is
    lived on while it rests. `told_at`: when it happened, as the notification says that had us
    look."""

    snapshot: SubscriptionSnapshot
    at: datetime
    capabilities: Capabilities
    agreed: AgreedPrice | None = None
    next_plan: str | None = None
    told_at: datetime | None = None
    while_paused: WhilePaused = "default_plan"

    def behind(self, looked_at: datetime | None) -> Observation:
        """A notification may be late, and about something else: what it dates did not happen before
        the last look, which did not show it."""
        told = self.told_at
        if told is None or (told <= self.at and (looked_at is None or looked_at < told)):
            return self
        return replace(self, told_at=None)

    @property
    def happened_at(self) -> datetime:
        """As far as is known."""
        return self.told_at or self.at

    @property
    def key(self) -> str:
        return reference(self.snapshot.gateway, self.snapshot.ref)

    @property
    def paid_through(self) -> datetime | None:
        """Until when access lasts although the gateway ended it at once."""
        end = paid_until(self.snapshot)
        can = self.capabilities
        at_once = can.cancels == "immediately" or can.emulates_end
        outlives = at_once and was_paid(self.snapshot)
        return end if outlives and end is not None and end > self.at else None


def subscription_from(observation: Observation, agreed: AgreedPrice) -> Subscription:
    """A subscription that is seen for the first time. An unknown status counts as pending."""
    snapshot = observation.snapshot
    blank = Subscription(
        plan=agreed.plan,
        status="pending",
        price=agreed.price,
        started_at=snapshot.started_at or snapshot.period_start or observation.at,
        gateway=snapshot.gateway,
        ref=snapshot.ref,
        price_ref=agreed.price_ref,
        checkout_id=snapshot.command_id or None,
    )
    return updated_subscription(observation, blank, agreed, ends=False)


def updated_subscription(
    observation: Observation, before: Subscription, agreed: AgreedPrice, *, ends: bool
) -> Subscription:
    """The subscription as the snapshot shows it. `ends`: its cancellation was asked for at a
    gateway that does not tell so."""
    snapshot = observation.snapshot
    price, period_end = (
        unit_price(snapshot) or agreed.price,
        paid_until(snapshot) or before.period_end,
    )
    updated = replace(
        before,
        plan=agreed.plan,
        price=price,
        **charges_of(snapshot, price),
        paused=pause_of(snapshot, before.paused, observation.while_paused),
        price_ref=snapshot.price_ref or before.price_ref,
        customer=snapshot.customer or before.customer,
        period_start=snapshot.period_start or before.period_start,
        period_end=period_end,
        cancel_at=snapshot.cancel_at or (period_end if ends else None),
        next_plan=None if agreed.plan == observation.next_plan else observation.next_plan,
        unknown_status=snapshot.raw_status if snapshot.status == "unknown" else "",
        overdue=before.overdue and snapshot.status not in PAID,
    )
    return _with_status(observation, updated)


def _with_status(observation: Observation, updated: Subscription) -> Subscription:
    status = observation.snapshot.status
    if status == "paused" and updated.paused is not None and updated.paused.lives_on == "own_plan":
        status = "active"
    if observation.paid_through is not None and not updated.overdue:
        return replace(
            updated, status="grace", closed=True, cancel_at=observation.paid_through, next_plan=None
        )
    if status == "cancelled" or status == "expired":
        ended_at = (
            observation.snapshot.ended_at or updated.ended_at or observation.snapshot.fetched_at
        )
        return replace(
            updated, status=status, ended_at=ended_at, cancel_at=None, next_plan=None, closed=True
        )
    if status == "unknown" or (status == "pending" and updated.status != "pending"):
        return updated
    if status in ("active", "grace"):
        ends_at = updated.cancel_at or (updated.period_end if status == "grace" else None)
        ending = replace(updated, status="grace", cancel_at=ends_at, next_plan=None)
        return ending if ending.ends_with_period else replace(updated, status="active")
    if status == "past_due" and updated.overdue:
        return replace(updated, status="suspended")
    return replace(updated, status=status)


def unit_price(snapshot: SubscriptionSnapshot) -> Price | None:
    """None where it is by use."""
    if snapshot.price is None:
        return None
    unit = round(Fraction(snapshot.price.amount, snapshot.quantity))
    return Price(unit, snapshot.price.currency, snapshot.interval)
