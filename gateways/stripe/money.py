"""Our minor units (ISO 4217) to Stripe's `amount` and back.

Source of the exceptions: https://docs.stripe.com/currencies. HUF and TWD take two decimals in
charges (only payouts are whole), so they follow ISO.
"""

from __future__ import annotations

from gateways.port import GatewayRejected
from kernel.money import Money, exponent

# Decimals of Stripe's `amount` where they are not ISO's: ISK and UGX have no decimals but are sent
# with two for compatibility, always 00; MGA has two by ISO and none at Stripe.
_DECIMALS = {"ISK": 2, "UGX": 2, "MGA": 0}

# Three-decimal currencies are settled to two: the last digit has to be 0.
_THREE_DECIMALS_STEP = 10


def to_stripe(money: Money) -> tuple[int, str]:
    """(amount, currency) as Stripe wants them, rounded half up where it takes no finer step."""
    iso = _iso(money.currency)
    amount = _shifted(money.amount, _decimals(money.currency) - iso)
    if iso == 3:
        amount = _rounded(amount, _THREE_DECIMALS_STEP) * _THREE_DECIMALS_STEP
    return amount, money.currency.lower()


def from_stripe(amount: int, currency: str) -> Money:
    code = currency.upper()
    return Money(_shifted(amount, _iso(code) - _decimals(code)), code)


def _decimals(currency: str) -> int:
    return _DECIMALS.get(currency, _iso(currency))


def _iso(currency: str) -> int:
    try:
        return exponent(currency)
    except ValueError as error:
        raise GatewayRejected(str(error), gateway="stripe", reason="currency") from error


def _shifted(amount: int, places: int) -> int:
    return amount * 10**places if places >= 0 else _rounded(amount, 10**-places)


def _rounded(amount: int, step: int) -> int:
    """Steps in `amount`, halves away from zero."""
    whole = (abs(amount) + step // 2) // step
    return whole if amount >= 0 else -whole
