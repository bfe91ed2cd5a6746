"""Monthly recurring revenue (MRR): what a subscription is worth a month, and how that moves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from contracts.billing import Subscription

MovementKind = Literal["new", "expansion", "contraction", "churn", "reactivation"]
# Charged for: not while it is tried, suspended or over.
COUNTED = frozenset({"active", "grace", "past_due"})


def monthly_cents(subscription: Subscription) -> int:
    """What is really charged, by month, in whole minor units: a half is rounded up, once for each
    subscription. So totals are sums of integers, and a movement is the difference of two. Nothing
    where no gateway charges, or nothing is collected."""
    counts = subscription.gateway is not None and subscription.status in COUNTED
    if not counts or subscription.paused is not None:
        return 0
    months = subscription.interval_count * (12 if subscription.interval == "year" else 1)
    return (2 * subscription.price_cents + months) // (2 * months)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a workspace that ever paid is worth a month since the event at `position`."""

    currency: str
    cents: int
    at: datetime
    position: int


@dataclass(frozen=True, slots=True)
class Movement:
    kind: MovementKind
    currency: str
    before_cents: int
    after_cents: int


def movements(before: Standing | None, currency: str, cents: int) -> list[Movement]:
    """From what a workspace was worth to what it is. Only the first payment of its life is `new`.
    In another currency it leaves the one and comes back in the other."""
    if before is None:
        return [Movement("new", currency, 0, cents)] if cents else []
    held = before.cents
    if held and cents and currency == before.currency:
        kind: MovementKind = "expansion" if cents > held else "contraction"
        return [Movement(kind, currency, held, cents)] if cents != held else []
    left = [Movement("churn", before.currency, held, 0)] if held else []
    came = [Movement("reactivation", currency, 0, cents)] if cents else []
    return left + came
