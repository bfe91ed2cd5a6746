"""A discount where there are no coupons: each unit costs less."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from gateways.port.adjustments import HUNDRED, Coupon
from gateways.port.errors import CapabilityNotSupported
from kernel.money import Money


def lowered(coupon: Coupon, price: Money, units: int) -> Money:
    """What a unit costs with it. Raises CapabilityNotSupported where nothing is left, or for an
    amount that does not divide, because each unit costs the same."""
    if coupon.percent is not None:
        left = price.amount * (HUNDRED - coupon.percent) / HUNDRED
        cents = int(left.quantize(Decimal(1), ROUND_HALF_UP))
    else:
        off = coupon.amount.amount if coupon.amount is not None else 0
        cents, rest = divmod(price.amount * units - off, units)
        if rest:
            raise _refusal("This amount can't be divided over so many units.")
    if cents <= 0:
        raise _refusal("Something has to be left to be charged.")
    return Money(cents, price.currency)


def _refusal(reason: str) -> CapabilityNotSupported:
    return CapabilityNotSupported(capability="discount_at_checkout", reason=reason)
