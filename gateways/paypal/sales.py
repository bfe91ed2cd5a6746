"""Payments of subscriptions, which PayPal keeps as sales of its first API, apart from orders."""

from __future__ import annotations

from typing import Final

from gateways.paypal.client import Json, PayPalClient, request_id, text
from gateways.paypal.money import from_paypal, to_paypal
from gateways.port import Refund, RefundStatus
from kernel.money import Money

_STATE: Final[dict[str, RefundStatus]] = {
    "completed": "succeeded",
    "pending": "pending",
    "cancelled": "failed",
    "failed": "failed",
}


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
