"""When a change of plan takes effect where the gateway leaves the choice."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from services.billing.domain.account.charged import discounted
from services.billing.domain.account.subscription import AgreedPrice, Subscription
from services.billing.domain.terms import Price

Timing = Literal["prorate", "next_cycle"]
# auto: what costs more a month, or the same, now; what costs less at the boundary.
PlanChange = Literal["prorate", "next_cycle", "auto"]
MONTHS = {"month": 1, "year": 12}


def timing_of(
    choice: PlanChange, live: Subscription, agreed: AgreedPrice, units: int | None = None
) -> Timing:
    """Compared by what a month really costs: the discounts stay, and the quantity unless `units`
    are had then. In one currency."""
    if choice != "auto":
        return choice
    now = _monthly(live, live.price, live.quantity, live.interval_count)
    then = _monthly(live, agreed.price, units or live.quantity)
    return "prorate" if then >= now else "next_cycle"


def _monthly(live: Subscription, price: Price, units: int, intervals: int = 1) -> Fraction:
    charged = discounted(price.price_cents * units, live.discounts)
    return Fraction(charged, MONTHS[price.interval] * intervals)
