"""Coupons that are taken off a subscription's invoices."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import stripe

from gateways.port import Discount
from gateways.stripe.money import from_stripe
from gateways.stripe.timestamps import to_datetime_or_none


def discounts_of(
    subscription: stripe.Subscription, item: stripe.SubscriptionItem
) -> tuple[Discount, ...]:
    """Of our item first, then the subscription's, and the customer's where it has none: the order
    in which Stripe applies them. All expanded."""
    return tuple(map(_discount, applied(subscription, item)))


def applied(
    subscription: stripe.Subscription, item: stripe.SubscriptionItem
) -> Iterator[stripe.Discount]:
    own = [each for each in subscription.discounts if isinstance(each, stripe.Discount)]
    customer = subscription.customer
    if not own and isinstance(customer, stripe.Customer):
        inherited = getattr(customer, "discount", None)  # absent once it was deleted
        own = [inherited] if inherited is not None else []
    yield from (each for each in item.discounts if isinstance(each, stripe.Discount))
    yield from own


def _discount(discount: stripe.Discount) -> Discount:
    coupon = discount.source.coupon
    ends_at = to_datetime_or_none(discount.end)
    if not isinstance(coupon, stripe.Coupon):
        return Discount(ref=discount.id, ends_at=ends_at)
    off = coupon.amount_off
    return Discount(
        ref=discount.id,
        name=coupon.name or coupon.id,
        percent=None if coupon.percent_off is None else Decimal(str(coupon.percent_off)),
        amount=None if off is None else from_stripe(off, coupon.currency or ""),
        ends_at=ends_at,
    )
