"""Stripe's subscriptions in the port's words."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import stripe

from gateways.port import (
    Interval,
    OpenInvoice,
    Pause,
    PaymentMethod,
    Status,
    SubscriptionSnapshot,
)
from gateways.stripe.discounts import discounts_of
from gateways.stripe.items import amount_of, item_snapshot, our_item, quantity_of
from gateways.stripe.metadata import PAUSED, Installation, facts
from gateways.stripe.money import from_stripe
from gateways.stripe.references import reference
from gateways.stripe.schedules import planned_change
from gateways.stripe.timestamps import to_datetime, to_datetime_or_none
from kernel.month import Month

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
    subscription: stripe.Subscription, installation: Installation, fetched_at: datetime
) -> SubscriptionSnapshot:
    """Periods, price and interval are those of our item."""
    metadata = installation.own(facts(subscription.metadata))
    item = our_item(subscription)
    return SubscriptionSnapshot(
        gateway="stripe",
        ref=subscription.id,
        status=_status(subscription, item),
        raw_status=subscription.status,
        fetched_at=fetched_at,
        workspace_id=metadata.get("workspace_id", ""),
        command_id=metadata.get("command_id", ""),
        replaces=metadata.get("replaces"),
        price_ref=item.price.id,
        price=amount_of(item, subscription.currency),
        interval=_interval(item.price),
        interval_count=item.price.recurring.interval_count if item.price.recurring else 1,
        started_at=to_datetime(subscription.start_date),
        period_start=to_datetime(item.current_period_start),
        period_end=to_datetime(item.current_period_end),
        cancel_at=_cancel_at(subscription, item),
        ended_at=to_datetime_or_none(subscription.ended_at),
        customer=reference(subscription.customer) or None,
        payment_method=_payment_method(subscription),
        quantity=quantity_of(item) or 1,
        items=tuple(item_snapshot(each, subscription.currency) for each in subscription.items.data),
        discounts=discounts_of(subscription, item),
        trial_end=to_datetime_or_none(subscription.trial_end),
        planned=planned_change(subscription, item),
        paused=_pause(subscription),
        collection="sent" if subscription.collection_method == "send_invoice" else "automatic",
        open_invoice=_open_invoice(subscription),
        customer_deleted=bool(getattr(subscription.customer, "deleted", False)),
    )


def is_ending(subscription: stripe.Subscription) -> bool:
    """Under flexible billing the portal sets `cancel_at` instead of the flag."""
    return subscription.cancel_at_period_end or subscription.cancel_at is not None


def ends_with_period(subscription: stripe.Subscription, item: stripe.SubscriptionItem) -> bool:
    """A fixed term may end later."""
    ends_at = subscription.cancel_at
    return subscription.cancel_at_period_end or (
        ends_at is not None and ends_at <= item.current_period_end
    )


def _status(subscription: stripe.Subscription, item: stripe.SubscriptionItem) -> Status:
    running = subscription.status in ("active", "trialing")
    if running and _rests(subscription):
        return "paused"
    if running and ends_with_period(subscription, item):
        return "grace"
    return _STATUSES.get(subscription.status, "unknown")


def _cancel_at(subscription: stripe.Subscription, item: stripe.SubscriptionItem) -> datetime | None:
    if subscription.cancel_at is not None:
        return to_datetime(subscription.cancel_at)
    return to_datetime(item.current_period_end) if subscription.cancel_at_period_end else None


def _interval(price: stripe.Price) -> Interval:
    return "year" if price.recurring is not None and price.recurring.interval == "year" else "month"


def _pause(subscription: stripe.Subscription) -> Pause | None:
    if subscription.status == "paused":
        return Pause("subscription", asked=False)
    pause = subscription.pause_collection
    kind: Literal["collection", "subscription"] = (
        "subscription" if _rests(subscription) else "collection"
    )
    return Pause(kind, to_datetime_or_none(pause.resumes_at)) if pause else None


def pause_mark(resumes_at: int | None) -> str:
    return "open" if resumes_at is None else str(resumes_at)


def _rests(subscription: stripe.Subscription) -> bool:
    """Paused by us, and not otherwise since."""
    pause = subscription.pause_collection
    mark = facts(subscription.metadata).get(PAUSED)
    return pause is not None and mark == pause_mark(pause.resumes_at)


def _open_invoice(subscription: stripe.Subscription) -> OpenInvoice | None:
    """The latest one (expanded), while something of it is unpaid."""
    invoice = subscription.latest_invoice
    if not isinstance(invoice, stripe.Invoice) or invoice.status != "open":
        return None
    return OpenInvoice(
        ref=invoice.id,
        amount=from_stripe(invoice.amount_remaining, invoice.currency),
        url=invoice.hosted_invoice_url,
        due_at=to_datetime_or_none(invoice.due_date),
    )


def _payment_method(subscription: stripe.Subscription) -> PaymentMethod | None:
    """The subscription's own, or else the customer's default (both expanded), or a source of an
    old account."""
    customer = subscription.customer
    settings = getattr(customer, "invoice_settings", None)  # absent once it was deleted
    method = subscription.default_payment_method or (
        settings.default_payment_method if settings else None
    )
    if method is None:
        source = reference(getattr(customer, "default_source", None))
        return PaymentMethod(source) if source else None
    if isinstance(method, str) or method.type != "card" or method.card is None:
        return PaymentMethod(reference(method))
    card = method.card
    expires = Month(card.exp_year, card.exp_month)
    known = card.fingerprint or ""
    return PaymentMethod(method.id, card.brand, card.last4 or "", expires, known)
