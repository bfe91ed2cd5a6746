"""Razorpay's amounts."""

from __future__ import annotations

from gateways.port import GatewayUnavailable
from kernel.money import Money


def from_razorpay(amount: object, currency: object) -> Money:
    """Razorpay counts minor units as ISO 4217 does: none for JPY, thousandths for KWD, BHD, OMR."""
    if not isinstance(amount, int) or not isinstance(currency, str):
        raise GatewayUnavailable(gateway="razorpay", reason="an amount can't be read")
    return Money(amount, currency)
