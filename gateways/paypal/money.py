"""PayPal's amounts: `{"currency_code": "USD", "value": "49.99"}`, strings of major units."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from gateways.port import GatewayRejected, GatewayUnavailable
from kernel.money import Money, exponent

# https://developer.paypal.com/reference/currency-codes/: no decimals, though ISO 4217 gives two.
_WHOLE_UNITS = frozenset({"HUF", "JPY", "TWD"})


def places(currency: str) -> int:
    """Decimals that PayPal takes of a currency."""
    return 0 if currency in _WHOLE_UNITS else exponent(currency)


def to_paypal(money: Money) -> dict[str, str]:
    """GatewayRejected when the sum has a fraction that PayPal doesn't take: never rounded."""
    value = money.decimal()
    digits = places(money.currency)
    rounded = value.quantize(Decimal(1).scaleb(-digits))
    if rounded != value:
        raise GatewayRejected(
            f"PayPal takes {money.currency} in whole units only, not {money}",
            gateway="paypal",
            issue="DECIMALS_NOT_SUPPORTED",
        )
    return {"currency_code": money.currency, "value": f"{rounded:f}"}


def from_paypal(amount: object) -> Money:
    """GatewayUnavailable when the answer holds no amount that can be understood."""
    money = _read(amount) if isinstance(amount, Mapping) else None
    if money is None:
        raise GatewayUnavailable(gateway="paypal", reason="an amount can't be read")
    return money


def _read(amount: Mapping[str, str]) -> Money | None:
    try:
        currency = amount["currency_code"]
        minor = Decimal(amount["value"]).scaleb(exponent(currency))
        return Money(int(minor), currency) if minor == int(minor) else None
    except (KeyError, TypeError, ValueError, InvalidOperation, OverflowError):
        return None
