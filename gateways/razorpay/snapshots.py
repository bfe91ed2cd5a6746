"""Razorpay's subscription and its invoices as the port's."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from gateways.port import (
    CheckoutStatus,
    GatewayUnavailable,
    InvoiceSnapshot,
    InvoiceStatus,
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
_INVOICE_STATUS: Final[dict[str, InvoiceStatus]] = {
    "draft": "draft",
    "issued": "open",
    "partially_paid": "open",
    "paid": "paid",
    "expired": "void",
    "cancelled": "void",
    "deleted": "void",
}


def subscription_snapshot(
    subscription: Json, terms: Terms, fetched_at: datetime
) -> SubscriptionSnapshot:
    notes = OurNotes.unpacked(subscription.get("notes"))
    quantity = subscription.get("quantity") or 1
    return SubscriptionSnapshot(
        gateway="razorpay",
        ref=text(subscription, "id"),
        status=_status(subscription, fetched_at),
        raw_status=str(subscription.get("status", "")),
        fetched_at=fetched_at,
        workspace_id=notes.workspace_id,
        command_id=notes.command_id,
        replaces=notes.replaces,
        price_ref=text(subscription, "plan_id"),
        price=Money(terms.price.amount * quantity, terms.price.currency),
        interval=terms.interval,
        started_at=to_datetime(subscription.get("start_at")),
        period_start=to_datetime(subscription.get("current_start")),
        period_end=to_datetime(subscription.get("current_end")),
        ended_at=to_datetime(subscription.get("ended_at")),
        customer=subscription.get("customer_id"),
    )


def checkout_status(subscription: Json) -> CheckoutStatus:
    status = subscription.get("status")
    if status == "created":
        return "open"
    return "expired" if status in ENDED and not subscription.get("paid_count") else "complete"


def invoice_snapshot(invoice: Json, fetched_at: datetime) -> InvoiceSnapshot:
    issued_at = to_datetime(invoice.get("issued_at")) or to_datetime(invoice.get("created_at"))
    if issued_at is None:
        raise GatewayUnavailable(gateway="razorpay", reason="an invoice without a date")
    raw_status = str(invoice.get("status", ""))
    status = _INVOICE_STATUS.get(raw_status, "open")
    total = from_razorpay(invoice.get("amount"), invoice.get("currency"))
    return InvoiceSnapshot(
        gateway="razorpay",
        ref=text(invoice, "id"),
        number=str(invoice.get("invoice_number") or text(invoice, "id")),
        status=status,
        raw_status=raw_status,
        fetched_at=fetched_at,
        issued_at=issued_at,
        due_at=issued_at,
        paid_at=to_datetime(invoice.get("paid_at")),
        currency=total.currency,
        total=total.amount,
        subtotal=total.amount,
        paid=int(invoice.get("amount_paid", total.amount if status == "paid" else 0) or 0),
        subscription=invoice.get("subscription_id"),
        customer=invoice.get("customer_id"),
        charge=invoice.get("payment_id"),
        url=invoice.get("short_url"),
    )


def _status(subscription: Json, now: datetime) -> Status:
    """A cancellation at the end of the cycle does not show: Razorpay has no field for it."""
    raw = str(subscription.get("status"))
    start = to_datetime(subscription.get("start_at"))
    if raw == "authenticated" and start is not None and start > now:
        return "trialing"
    return _STATUS.get(raw, "unknown")
