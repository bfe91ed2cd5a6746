"""How a plan is sold beside its price."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.events import added
from services.billing.domain.terms import Price, require

LONGEST_TRIAL = 730
MOST_UNITS = 999_999


@dataclass(frozen=True, slots=True)
class PerUnit:
    """The price is that of one `unit`. The limits and quotas that `scales` names are those of one
    unit, too."""

    unit: str
    min: int = 1
    max: int | None = None
    scales: tuple[str, ...] = ()

    def check(self) -> None:
        require(1 <= self.min <= MOST_UNITS, "per_unit.min", "At least one unit is sold.")
        require(
            self.max is None or self.min <= self.max <= MOST_UNITS,
            "per_unit.max",
            f"The most is null (no limit) or the least, to {MOST_UNITS}.",
        )


@dataclass(frozen=True, slots=True)
class SaleTerms:
    """Without `per_unit` one is sold. `trial_days` are free for who never had a trial of the
    family; with `trial_requires_card` the gateway takes the card before, and charges it after.
    `prices`: what it costs in further currencies, in minor units."""

    per_unit: PerUnit | None = None
    trial_days: int | None = None
    trial_requires_card: bool = True
    prices: dict[str, int] = added(default_factory=dict)

    def check(self, price: Price) -> None:
        """`price`: the base, which has a currency of its own."""
        days = self.trial_days
        require(
            days is None or 1 <= days <= LONGEST_TRIAL,
            "trial_days",
            f"A trial is null (none) or 1 to {LONGEST_TRIAL} days.",
        )
        if self.per_unit is not None:
            self.per_unit.check()
        if self.prices and price.is_free:
            require(False, "prices", "A plan that costs nothing has no further prices.")
        for currency, cents in self.prices.items():
            require(currency != price.currency, "prices", f"{currency} is price_cents.")
            require(cents > 0, "prices", "A further price is above 0.")
            Price(cents, currency, price.interval).check("prices")

    def check_quantity(self, quantity: int) -> None:
        """Raises ValidationFailed."""
        units = self.per_unit or PerUnit("unit", max=1)
        most = f" to {units.max}" if units.max is not None else " or more"
        require(
            units.min <= quantity and (units.max is None or quantity <= units.max),
            "quantity",
            f"Of this plan {units.min}{most} can be had.",
        )

    def units_after(self, quantity: int, before: SaleTerms) -> int:
        """Of who comes from a plan that was sold on the terms of `before`: a plan without units is
        one, and of others no fewer are had than are sold. Where neither has units, what people set
        at the gateway stays. Raises ValidationFailed."""
        if self.per_unit is None:
            return 1 if before.per_unit is not None else quantity
        units = max(quantity, self.per_unit.min)
        self.check_quantity(units)
        return units


ORDINARY = SaleTerms()
