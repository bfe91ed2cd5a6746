"""What a subscription is begun with beside its plan: so many, a trial, a discount.

PayPal has no coupons. Less is charged by a price of the subscription's own, which its payer sees as
the price, and which our reference tells from one that was lowered by hand.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from gateways.paypal.client import Json
from gateways.paypal.money import to_paypal
from gateways.port import CapabilityNotSupported, CheckoutRequest
from kernel.clock import rfc3339
from kernel.money import Money

_HUNDRED = Decimal(100)


def begun_with(request: CheckoutRequest, now: datetime) -> Json:
    """Fields of a new subscription. A trial is a first charge that is put off."""
    body: Json = {}
    if request.quantity > 1:
        body["quantity"] = str(request.quantity)
    if request.trial_days:
        body["start_time"] = rfc3339(now + timedelta(days=request.trial_days))
    price = lowered(request)
    if price is not None:
        cycle = {"sequence": 1, "pricing_scheme": {"fixed_price": to_paypal(price)}}
        body["plan"] = {"billing_cycles": [cycle]}
    return body


def lowered(request: CheckoutRequest) -> Money | None:
    """What a unit costs with the discount; None without one. Raises CapabilityNotSupported for an
    amount that does not divide, because each unit costs the same."""
    coupon, price, units = request.coupon, request.plan.price, request.quantity
    if coupon is None:
        return None
    if coupon.percent is not None:
        left = price.amount * (_HUNDRED - coupon.percent) / _HUNDRED
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
    return CapabilityNotSupported(
        gateway="paypal", capability="discount_at_checkout", reason=reason
    )
