"""What a business that comes here had at its gateway before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from gateways.port.catalogue import Interval
from kernel.money import Money


@dataclass(frozen=True, slots=True)
class CustomerRecord:
    """`metadata` is what the business wrote there, our own prefix left out."""

    ref: str
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PriceRecord:
    """`name` is what its customers read. `amount` is that of one unit, None where the price is by
    use or by tiers; `interval` None where it is neither of months nor of years. `plan` is the slug
    that was written there, by us or by hand."""

    ref: str
    product_ref: str
    name: str
    amount: Money | None
    interval: Interval | None
    interval_count: int = 1
    plan: str = ""


class Holdings(Protocol):
    """All that is changed is metadata of our namespace, by `mark_…`, which says the same again
    without harm and raises CapabilityNotSupported where there is none."""

    def customers(self) -> Iterator[CustomerRecord]:
        """None where the gateway keeps no list of them. Pages lazily."""
        ...

    def price(self, ref: str) -> PriceRecord: ...

    def mark_price(self, ref: str, plan: str) -> None: ...

    def mark_subscription(self, ref: str, workspace: str) -> None: ...
