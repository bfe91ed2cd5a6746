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


def timing_of(choice: PlanChange, live: Subscription, agreed: AgreedPrice) -> Timing:
    """Compared by what a month really costs: the quantity and the discounts stay. In one
    currency."""
    if choice != "auto":
        return choice
    now = _monthly(live, live.price, live.interval_count)
    return "prorate" if _monthly(live, agreed.price) >= now else "next_cycle"


def _monthly(live: Subscription, price: Price, intervals: int = 1) -> Fraction:
    charged = discounted(price.price_cents * live.quantity, live.discounts)
    return Fraction(charged, MONTHS[price.interval] * intervals)
