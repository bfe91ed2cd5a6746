"""Razorpay's payment links, payments and refunds as the port's charges and refunds."""

from __future__ import annotations

from typing import Final

from gateways.port import ChargeSnapshot, ChargeStatus, Refund
from gateways.razorpay.client import Json, text
from gateways.razorpay.metadata import OurNotes
from gateways.razorpay.money import from_razorpay
from gateways.razorpay.movements import REFUND_STATUSES

_LINK: Final[dict[str, ChargeStatus]] = {
    "created": "pending",
    "partially_paid": "pending",
    "paid": "succeeded",
    "cancelled": "cancelled",
    "expired": "cancelled",
}
_PAYMENT: Final[dict[str, ChargeStatus]] = {
    "created": "pending",
    "authorized": "pending",
    "captured": "succeeded",
    "refunded": "succeeded",
    "failed": "failed",
}


def link_status(link: Json) -> ChargeStatus:
    return _LINK.get(str(link.get("status")), "pending")


def paid_by(link: Json) -> str | None:
    """The payment that settled the link; failed attempts may be listed before it."""
    for payment in link.get("payments") or []:
        if payment.get("status") == "captured":
            return text(payment, "payment_id")
    return None


def charge_of_link(link: Json) -> ChargeSnapshot:
    notes = OurNotes.unpacked(link.get("notes"))
    status = link_status(link)
    return ChargeSnapshot(
        ref=text(link, "id"),
        status=status,
        amount=from_razorpay(link.get("amount"), link.get("currency")),
        command_id=notes.command_id,
        workspace_id=notes.workspace_id,
        confirmation_url=link.get("short_url") if status == "pending" else None,
    )


def charge_of_payment(payment: Json) -> ChargeSnapshot:
    notes = OurNotes.unpacked(payment.get("notes"))
    return ChargeSnapshot(
        ref=text(payment, "id"),
        status=_PAYMENT.get(str(payment.get("status")), "pending"),
        amount=from_razorpay(payment.get("amount"), payment.get("currency")),
        command_id=notes.command_id,
        workspace_id=notes.workspace_id,
        decline_code=str(payment.get("error_reason") or payment.get("error_code") or ""),
    )


def refund_of(refund: Json) -> Refund:
    status = REFUND_STATUSES.get(str(refund.get("status")), "pending")
    amount = from_razorpay(refund.get("amount"), refund.get("currency"))
    return Refund(text(refund, "id"), amount, status)
