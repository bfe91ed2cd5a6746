"""Amounts in the major unit of their currency, and in the minor units that the API counts in."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from iso4217 import Currency


def exponent(currency: str) -> int:
    """Decimal places by ISO 4217: USD 2, JPY 0, KWD 3. ValueError if there is no such currency."""
    places = Currency(currency).exponent
    if places is None:
        raise ValueError(f"{currency!r} has no minor unit")
    return int(places)


@dataclass(frozen=True, slots=True)
class Money:
    """`Money("49.90", "USD")` is what `Money.of_cents(4990, "USD")` is; `Money("4900", "JPY")` is
    `Money.of_cents(4900, "JPY")`. Floats are refused, and more places than the currency has."""

    amount: Decimal
    currency: str

    def __init__(self, amount: str | int | Decimal, currency: str) -> None:
        if isinstance(amount, (float, bool)):
            raise TypeError("an amount of money is no float")
        try:
            exact = Decimal(amount)
            fitting = exact.quantize(Decimal(1).scaleb(-exponent(currency)))
        except InvalidOperation:
            raise ValueError(f"{amount!r} is no amount of money") from None
        if fitting != exact:
            raise ValueError(f"{amount} has more places than {currency}")
        object.__setattr__(self, "amount", fitting)
        object.__setattr__(self, "currency", currency)

    @classmethod
    def of_cents(cls, cents: int, currency: str) -> Money:
        """Minor units, as every `…_cents` of the API."""
        return cls(Decimal(cents).scaleb(-exponent(currency)), currency)

    @property
    def cents(self) -> int:
        return int(self.amount.scaleb(exponent(self.currency)))

    def __str__(self) -> str:
        return f"{self.amount:f} {self.currency}"
