"""Razorpay's invoices in the port's words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from gateways.port import (
    FailedPayment,
    GatewayUnavailable,
    InvoiceLine,
    InvoiceSnapshot,
    InvoiceStatus,
)
from gateways.razorpay.client import Json, text
from gateways.razorpay.metadata import OurNotes
from gateways.razorpay.money import from_razorpay
from gateways.razorpay.timestamps import to_datetime

_STATUS: Final[dict[str, InvoiceStatus]] = {
    "draft": "draft",
    "issued": "open",
    "partially_paid": "open",
    "paid": "paid",
    "expired": "void",
    "cancelled": "void",
    "deleted": "void",
}


@dataclass(frozen=True, slots=True)
class Billed:
    """An invoice with what it does not tell itself: its subscription, the payment that failed last,
    whether it was `given_up`, as Razorpay does with what it could not charge."""

    invoice: Json
    subscription: Json
    failed: Json | None
    given_up: bool


def is_unpaid(invoice: Json) -> bool:
    return invoice.get("status") in ("issued", "partially_paid")


def issued_at(invoice: Json) -> datetime:
    at = to_datetime(invoice.get("issued_at")) or to_datetime(invoice.get("created_at"))
    if at is None:
        raise GatewayUnavailable(gateway="razorpay", reason="an invoice without a date")
    return at


def invoice_snapshot(billed: Billed, fetched_at: datetime) -> InvoiceSnapshot:
    invoice, subscription = billed.invoice, billed.subscription
    raw_status, issued = str(invoice.get("status", "")), issued_at(invoice)
    status = _STATUS.get(raw_status, "open")
    total = from_razorpay(invoice.get("amount"), invoice.get("currency"))
    tax = int(invoice.get("tax_amount") or 0)
    closed = invoice.get("cancelled_at") or invoice.get("expired_at")
    return InvoiceSnapshot(
        gateway="razorpay",
        ref=text(invoice, "id"),
        number=str(invoice.get("invoice_number") or text(invoice, "id")),
        status="uncollectible" if billed.given_up else status,
        raw_status=raw_status,
        fetched_at=fetched_at,
        issued_at=issued,
        due_at=issued,
        paid_at=to_datetime(invoice.get("paid_at")),
        voided_at=to_datetime(closed) if status == "void" else None,
        failure=_failure(billed.failed),
        currency=total.currency,
        total=total.amount,
        subtotal=total.amount - tax,
        tax=tax,
        paid=int(invoice.get("amount_paid", total.amount if status == "paid" else 0) or 0),
        subscription=invoice.get("subscription_id"),
        customer=invoice.get("customer_id"),
        workspace_id=OurNotes.unpacked(subscription.get("notes")).workspace_id,
        charge=invoice.get("payment_id") if status == "paid" else None,
        lines=tuple(_lines(invoice, subscription)),
        url=invoice.get("short_url"),
    )


def _failure(payment: Json | None) -> FailedPayment | None:
    at = to_datetime(payment.get("created_at")) if payment else None
    if payment is None or at is None:
        return None
    return FailedPayment(at, str(payment.get("error_reason") or payment.get("error_code") or ""))


def _lines(invoice: Json, subscription: Json) -> Iterator[InvoiceLine]:
    """Only the plan's line is for a period, and its price is the subscription's present one."""
    for line in invoice.get("line_items") or []:
        of_plan = line.get("type") == "plan"
        amount = line.get("taxable_amount")
        yield InvoiceLine(
            description=str(line.get("name") or line.get("description") or ""),
            amount=int(line.get("amount") or 0) if amount is None else int(amount),
            price_ref=str(subscription.get("plan_id") or "") if of_plan else "",
            quantity=line.get("quantity"),
            period_start=to_datetime(invoice.get("billing_start")) if of_plan else None,
            period_end=to_datetime(invoice.get("billing_end")) if of_plan else None,
        )
