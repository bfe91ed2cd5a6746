"""Plans as a gateway sells them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kernel.money import Money

Interval = Literal["month", "year"]


@dataclass(frozen=True, slots=True)
class PlanSpec:
    """A paid plan as the catalogue has it now."""

    slug: str
    name: str
    price: Money
    interval: Interval


@dataclass(frozen=True, slots=True)
class PlanRef:
    """Where a plan lives at the gateway. `archived_price` is the price this call retired."""

    product: str
    price: str
    amount: Money
    archived_price: str | None = None
