"""What a subscription is begun with beside its plan: so many, a trial, a discount.

PayPal has no coupons. Less is charged by a price of the subscription's own, which its payer sees as
the price, and which our reference tells from one that was lowered by hand.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from gateways.paypal.client import Json
from gateways.paypal.money import to_paypal
from gateways.port import CheckoutRequest
from gateways.port.lowered_prices import lowered
from kernel.clock import rfc3339


def begun_with(request: CheckoutRequest, now: datetime, tax_percentage: Decimal) -> Json:
    """Fields of a new subscription. A trial is a first charge that is put off. The price includes
    the tax, so that who pays reads the same sum everywhere."""
    body: Json = {}
    if request.quantity > 1:
        body["quantity"] = str(request.quantity)
    if request.trial_days:
        body["start_time"] = rfc3339(now + timedelta(days=request.trial_days))
    if request.coupon is not None:
        price = lowered(request.coupon, request.plan.price, request.quantity)
        cycle = {"sequence": 1, "pricing_scheme": {"fixed_price": to_paypal(price)}}
        body["plan"] = {"billing_cycles": [cycle]}
    if tax_percentage:
        taxes = {"percentage": f"{tax_percentage:f}", "inclusive": True}
        body["plan"] = {**body.get("plan", {}), "taxes": taxes}
    return body
