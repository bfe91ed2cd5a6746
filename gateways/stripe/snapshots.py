"""Stripe's objects in the port's words."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

import stripe

from gateways.port import Interval, PaymentMethod, Status, SubscriptionSnapshot
from gateways.stripe.metadata import as_mapping
from gateways.stripe.money import from_stripe
from gateways.stripe.timestamps import to_datetime, to_datetime_or_none
from kernel.money import Money

_STATUSES: dict[str, Status] = {
    "incomplete": "pending",
    "incomplete_expired": "expired",
    "trialing": "trialing",
    "active": "active",
    "past_due": "past_due",
    "unpaid": "suspended",
    "paused": "paused",
    "canceled": "cancelled",
}
ENDED = frozenset({"canceled", "incomplete_expired"})


def subscription_snapshot(
    subscription: stripe.Subscription, fetched_at: datetime
) -> SubscriptionSnapshot:
    """Periods, price and interval are those of the first item; ours have one."""
    metadata = as_mapping(subscription.metadata)
    item = subscription.items.data[0]
    return SubscriptionSnapshot(
        gateway="stripe",
        ref=subscription.id,
        status=_status(subscription),
        raw_status=subscription.status,
        fetched_at=fetched_at,
        workspace_id=metadata.get("workspace_id", ""),
        command_id=metadata.get("command_id", ""),
        replaces=metadata.get("replaces"),
        price_ref=item.price.id,
        price=_price(item),
        interval=_interval(item.price),
        started_at=to_datetime(subscription.start_date),
        period_start=to_datetime(item.current_period_start),
        period_end=to_datetime(item.current_period_end),
        cancel_at=_cancel_at(subscription, item),
        ended_at=to_datetime_or_none(subscription.ended_at),
        customer=reference(subscription.customer) or None,
        payment_method=_payment_method(subscription),
    )


class Named(Protocol):
    @property
    def id(self) -> str: ...


def reference(named: Named | str | None) -> str:
    """The id of what an expandable field names, expanded or not; empty for nothing."""
    if named is None or isinstance(named, str):
        return named or ""
    return named.id


def quoted(value: str) -> str:
    """For a single-quoted string of Stripe's search language."""
    return value.replace("\\", "\\\\").replace("'", "\\'")


def is_ending(subscription: stripe.Subscription) -> bool:
    """Under flexible billing the portal sets `cancel_at` instead of the flag."""
    return subscription.cancel_at_period_end or subscription.cancel_at is not None


def quantity_of(item: stripe.SubscriptionItem) -> int:
    """Absent where the price is by use."""
    return int(getattr(item, "quantity", None) or 1)


def _status(subscription: stripe.Subscription) -> Status:
    if subscription.status == "active" and is_ending(subscription):
        return "grace"
    return _STATUSES.get(subscription.status, "unknown")


def _cancel_at(subscription: stripe.Subscription, item: stripe.SubscriptionItem) -> datetime | None:
    if subscription.cancel_at is not None:
        return to_datetime(subscription.cancel_at)
    return to_datetime(item.current_period_end) if subscription.cancel_at_period_end else None


def _price(item: stripe.SubscriptionItem) -> Money | None:
    """None where the price is tiered or by use."""
    if item.price.unit_amount is None:
        return None
    return from_stripe(item.price.unit_amount * quantity_of(item), item.price.currency)


def _interval(price: stripe.Price) -> Interval:
    return "year" if price.recurring is not None and price.recurring.interval == "year" else "month"


def _payment_method(subscription: stripe.Subscription) -> PaymentMethod | None:
    """The subscription's own, or else the customer's default (both expanded)."""
    method = subscription.default_payment_method
    customer = subscription.customer
    if method is None and isinstance(customer, stripe.Customer):
        settings = getattr(customer, "invoice_settings", None)  # absent once it was deleted
        method = settings.default_payment_method if settings else None
    if method is None:
        return None
    if isinstance(method, str) or method.type != "card" or method.card is None:
        return PaymentMethod(reference(method))
    return PaymentMethod(method.id, method.card.brand, method.card.last4 or "")
