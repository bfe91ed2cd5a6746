"""Amounts in minor units with their ISO 4217 currency. No floats anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from iso4217 import Currency


def exponent(currency: str) -> int:
    """Decimal places of a currency by ISO 4217 (USD 2, JPY 0, KWD 3). ValueError if unknown."""
    try:
        places = Currency(currency).exponent
    except ValueError:
        raise ValueError(f"{currency!r} is not an ISO 4217 currency") from None
    if places is None:
        raise ValueError(f"{currency!r} has no minor unit and can't be charged")
    return int(places)


@dataclass(frozen=True, slots=True)
class Money:
    """`amount` counts minor units: 4999 USD is $49.99, 500 JPY is ¥500, 1500 KWD is 1.500."""

    amount: int
    currency: str

    def decimal(self, places: int | None = None) -> Decimal:
        """The amount in major units. `places` overrides ISO where a gateway deviates."""
        return Decimal(self.amount).scaleb(-(exponent(self.currency) if places is None else places))

    def __str__(self) -> str:
        return f"{self.decimal():f} {self.currency}"
