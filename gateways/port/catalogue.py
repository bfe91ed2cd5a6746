"""What a gateway sells: a product and a price for each plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from kernel.money import Money

Interval = Literal["month", "year"]


@dataclass(frozen=True, slots=True)
class PlanSpec:
    """A paid plan as the catalogue has it now. `per_unit`: the price is that of one of several."""

    slug: str
    name: str
    price: Money
    interval: Interval
    per_unit: bool = False


@dataclass(frozen=True, slots=True)
class PlanRef:
    """Where a plan lives at the gateway. `archived_price` is the price this call retired."""

    product: str
    price: str
    amount: Money
    archived_price: str | None = None


class Catalogue(Protocol):
    def ensure_plan(self, command_id: str, plan: PlanSpec, current: PlanRef | None) -> PlanRef:
        """Makes the product and price exist; if `current` has another price, archives it and makes
        a new one. Existing subscribers keep what they bought. Idempotent without `current` too."""
        ...

    def archive_plan(self, command_id: str, current: PlanRef) -> None:
        """No new subscriptions to it. A no-op where the gateway can't archive."""
        ...
