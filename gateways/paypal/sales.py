"""Payments of subscriptions, which PayPal keeps as sales of its first API, apart from orders."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from gateways.paypal.client import Json, PayPalClient, request_id, text
from gateways.paypal.metadata import OurReference
from gateways.paypal.money import from_paypal, to_paypal
from gateways.paypal.timestamps import to_datetime
from gateways.port import (
    GatewayUnavailable,
    InvoiceSnapshot,
    InvoiceStatus,
    Refund,
    RefundStatus,
)
from kernel.money import Money

_STATE: Final[dict[str, RefundStatus]] = {
    "completed": "succeeded",
    "pending": "pending",
    "cancelled": "failed",
    "failed": "failed",
}
_PAID: Final = frozenset({"COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"})


def invoice_snapshot(payment: Json, subscription: Json, fetched_at: datetime) -> InvoiceSnapshot:
    """A payment as its subscription's transactions list it."""
    at = to_datetime(payment.get("time"))
    if at is None:
        raise GatewayUnavailable(gateway="paypal", reason="a payment without its time")
    raw_status = str(payment.get("status", ""))
    amount = from_paypal(payment.get("amount_with_breakdown", {}).get("gross_amount"))
    paid = raw_status in _PAID
    return InvoiceSnapshot(
        gateway="paypal",
        ref=text(payment, "id"),
        number=text(payment, "id"),
        status=_invoice_status(raw_status),
        raw_status=raw_status,
        fetched_at=fetched_at,
        issued_at=at,
        due_at=at,
        paid_at=at if paid else None,
        currency=amount.currency,
        total=amount.amount,
        subtotal=amount.amount,
        paid=amount.amount if paid else 0,
        subscription=text(subscription, "id"),
        customer=subscription.get("subscriber", {}).get("payer_id"),
        workspace_id=OurReference.unpacked(subscription.get("custom_id")).workspace_id,
        charge=text(payment, "id") if paid else None,
    )


def _invoice_status(raw_status: str) -> InvoiceStatus:
    if raw_status in _PAID:
        return "paid"
    return "open" if raw_status == "PENDING" else "uncollectible"


def refund_sale(
    client: PayPalClient, command_id: str, sale: str, amount: Money, reason: str
) -> Refund:
    """Kept from repeating by the request id alone, which PayPal remembers for 45 days: a sale does
    not list its refunds. Their sum never exceeds the payment."""
    sent = to_paypal(amount)
    body: Json = {
        "amount": {"total": sent["value"], "currency": sent["currency_code"]},
        "description": reason[:255],
        "invoice_number": command_id[:127],
    }
    path = f"/v1/payments/sale/{sale}/refund"
    made = client.post(path, body, key=request_id(command_id, "refund"))
    back = made.get("amount") or {}
    refunded = from_paypal({"currency_code": back.get("currency"), "value": back.get("total")})
    return Refund(text(made, "id"), refunded, _STATE.get(str(made.get("state")), "pending"))
