"""Discounts as Stripe's coupons, whose terms never change."""

from __future__ import annotations

import stripe

from gateways.port import Coupon
from gateways.stripe.client import StripeClient, once
from gateways.stripe.money import to_stripe


class Coupons:
    """Errors of the SDK come out as they are."""

    def __init__(self, client: StripeClient) -> None:
        self._api = client.api
        self._installation = client.installation

    def made(self, coupon: Coupon) -> str:
        """Its id is ours, so that it is made once. Who may have it, and how often, is decided
        before it is given."""
        params: stripe.params.CouponCreateParams = {
            "id": coupon.key,
            "name": coupon.name[:40],
            "metadata": self._installation.written({"discount": coupon.key}),
            **_duration(coupon.months),  # type: ignore[typeddict-item]
        }
        if coupon.percent is not None:
            params["percent_off"] = float(coupon.percent)
        if coupon.amount is not None:
            params["amount_off"], params["currency"] = to_stripe(coupon.amount)
        try:
            return self._api.coupons.create(params, once(coupon.key, "coupon")).id
        except stripe.InvalidRequestError as error:
            if error.code != "resource_already_exists":
                raise
            return coupon.key


def _duration(months: int | None) -> dict[str, object]:
    if months is None:
        return {"duration": "forever"}
    if months == 0:
        return {"duration": "once"}
    return {"duration": "repeating", "duration_in_months": months}
