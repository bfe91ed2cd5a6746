"""Razorpay's subscription in the port's words."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from gateways.port import (
    CheckoutStatus,
    Discount,
    Item,
    OpenInvoice,
    Pause,
    PlannedChange,
    Status,
    SubscriptionSnapshot,
)
from gateways.razorpay.catalogue import Terms
from gateways.razorpay.client import Json, text
from gateways.razorpay.metadata import OurNotes
from gateways.razorpay.money import from_razorpay
from gateways.razorpay.timestamps import to_datetime
from kernel.money import Money

ENDED = frozenset({"cancelled", "completed", "expired"})
_STATUS: Final[dict[str, Status]] = {
    "created": "pending",
    "authenticated": "pending",
    "active": "active",
    "pending": "past_due",
    "halted": "suspended",
    "paused": "paused",
    "cancelled": "cancelled",
    "completed": "expired",
    "expired": "expired",
}


def subscription_snapshot(
    subscription: Json,
    terms: Terms,
    fetched_at: datetime,
    planned: PlannedChange | None = None,
    unpaid: Json | None = None,
    paid_with: str = "",
) -> SubscriptionSnapshot:
    """`unpaid`: the invoice that waits, which its payer settles on the subscription's page."""
    notes = OurNotes.unpacked(subscription.get("notes"))
    item, status = _item(subscription, terms), _status(subscription, fetched_at)
    offer = subscription.get("offer_id")
    return SubscriptionSnapshot(
        gateway="razorpay",
        ref=text(subscription, "id"),
        status=status,
        raw_status=str(subscription.get("status", "")),
        fetched_at=fetched_at,
        workspace_id=notes.workspace_id,
        command_id=notes.command_id,
        replaces=notes.replaces,
        price_ref=item.price_ref,
        price=item.amount,
        interval=terms.interval,
        interval_count=terms.interval_count,
        started_at=to_datetime(subscription.get("start_at")),
        period_start=to_datetime(subscription.get("current_start")),
        period_end=to_datetime(subscription.get("current_end")),
        ended_at=to_datetime(subscription.get("ended_at")),
        customer=subscription.get("customer_id"),
        quantity=item.quantity or 1,
        items=(item,),
        discounts=(Discount(offer),) if offer else (),
        trial_end=to_datetime(subscription.get("start_at")) if status == "trialing" else None,
        planned=planned,
        paused=_pause(subscription) if status == "paused" else None,
        open_invoice=_open_invoice(unpaid, subscription) if unpaid else None,
        paid_with=paid_with,
    )


def _pause(subscription: Json) -> Pause:
    by_payer = subscription.get("pause_initiated_by") == "customer"
    return Pause("subscription", by_payer=by_payer)


def checkout_status(subscription: Json) -> CheckoutStatus:
    """Who has authorised a trial has a customer, and has paid nothing yet."""
    status = subscription.get("status")
    if status == "created":
        return "open"
    begun = subscription.get("paid_count") or subscription.get("customer_id")
    return "expired" if status in ENDED and not begun else "complete"


def _item(subscription: Json, terms: Terms) -> Item:
    plan, quantity = text(subscription, "plan_id"), subscription.get("quantity") or 1
    amount = Money(terms.price.amount * quantity, terms.price.currency)
    return Item(plan, plan, quantity=quantity, amount=amount)


def _open_invoice(invoice: Json, subscription: Json) -> OpenInvoice:
    due = invoice.get("amount_due", invoice.get("amount"))
    return OpenInvoice(
        ref=text(invoice, "id"),
        amount=from_razorpay(due, invoice.get("currency")),
        url=subscription.get("short_url"),
        due_at=to_datetime(invoice.get("issued_at")),
    )


def _status(subscription: Json, now: datetime) -> Status:
    """A cancellation at the end of the cycle does not show: Razorpay has no field for it."""
    raw = str(subscription.get("status"))
    start = to_datetime(subscription.get("start_at"))
    if raw == "authenticated" and start is not None and start > now:
        return "trialing"
    return _STATUS.get(raw, "unknown")
