"""What a billing plan costs, and how often."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import datetime

from gateways.paypal.client import Json
from gateways.paypal.money import from_paypal
from gateways.port import Interval
from kernel.money import Money


@dataclass(frozen=True, slots=True)
class Terms:
    """Of one billing plan, whose price never changes: a new price is a new plan."""

    price: Money
    interval: Interval
    interval_count: int = 1

    def end_of(self, start: datetime) -> datetime:
        """When a period that starts then is over: the same day of a later month, or its last."""
        months = self.interval_count * (12 if self.interval == "year" else 1)
        later, month = divmod(start.month - 1 + months, 12)
        year = start.year + later
        day = min(start.day, calendar.monthrange(year, month + 1)[1])
        return start.replace(year=year, month=month + 1, day=day)


def terms_of(plan: Json) -> Terms | None:
    """Of the regular cycle; a trial before it does not count. None for a plan that has no fixed
    price for a number of months or years, which none of ours is."""
    for cycle in plan.get("billing_cycles", []):
        price = cycle.get("pricing_scheme", {}).get("fixed_price")
        frequency = cycle.get("frequency", {})
        unit = frequency.get("interval_unit")
        if cycle.get("tenure_type") == "REGULAR" and price and unit in ("MONTH", "YEAR"):
            interval: Interval = "year" if unit == "YEAR" else "month"
            return Terms(from_paypal(price), interval, int(frequency.get("interval_count", 1)))
    return None
