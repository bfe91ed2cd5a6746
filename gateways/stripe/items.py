"""Which item of a subscription is a plan of ours, and what items cost."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import stripe

from gateways.port import Item
from gateways.stripe.metadata import is_a_plan
from gateways.stripe.money import from_stripe
from gateways.stripe.references import reference
from kernel.money import Money


def our_item(subscription: stripe.Subscription) -> stripe.SubscriptionItem:
    """By a price that we made, or else by a product that we made (its price was agreed by hand).
    The only item where neither is there."""
    items = subscription.items.data
    priced = (item for item in items if is_a_plan(item.price.metadata))
    sold = (item for item in items if reference(item.price.product).startswith("plan-"))
    return next(priced, None) or next(sold, None) or items[0]


def quantity_of(item: stripe.SubscriptionItem) -> int | None:
    """None where the price is by use."""
    quantity: int | None = getattr(item, "quantity", None)
    return quantity


def amount_of(item: stripe.SubscriptionItem, currency: str) -> Money | None:
    """Of the whole quantity, in the subscription's currency. None where the price is tiered or by
    use."""
    quantity = quantity_of(item)
    unit = unit_amount(item.price, currency)
    if unit is None or quantity is None:
        return None
    whole = (unit * quantity).quantize(Decimal(1), ROUND_HALF_UP)
    return from_stripe(int(whole), currency)


def unit_amount(price: stripe.Price, currency: str) -> Decimal | None:
    """A price of several currencies keeps those beside its own in `currency_options`, which are
    there only when they were asked for."""
    if price.currency == currency:
        return _amount(price.unit_amount, price.unit_amount_decimal)
    options = getattr(price, "currency_options", None) or {}
    if currency not in options:
        return None
    option = options[currency]
    return _amount(option.unit_amount, option.unit_amount_decimal)


def offers(price: stripe.Price, currency: str) -> bool:
    options = getattr(price, "currency_options", None) or {}
    return price.currency == currency or currency in options


def item_snapshot(item: stripe.SubscriptionItem, currency: str) -> Item:
    return Item(
        ref=item.id,
        price_ref=item.price.id,
        product_ref=reference(item.price.product),
        quantity=quantity_of(item),
        amount=amount_of(item, currency),
    )


def _amount(whole: int | None, exact: Decimal | None) -> Decimal | None:
    if whole is not None:
        return Decimal(whole)
    return None if exact is None else Decimal(exact)
