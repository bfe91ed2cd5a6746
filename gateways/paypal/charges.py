"""PayPal's orders, captures and refunds as the port's charges and refunds."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from gateways.paypal.client import Json, link, text
from gateways.paypal.metadata import OurReference
from gateways.paypal.money import from_paypal
from gateways.paypal.orders import DECLINED_FOR_GOOD
from gateways.paypal.timestamps import to_datetime
from gateways.port import (
    ChargeSnapshot,
    ChargeStatus,
    GatewayRejected,
    GatewayUnavailable,
    Refund,
    RefundSnapshot,
    RefundStatus,
)

_CAPTURE: Final[dict[str, ChargeStatus]] = {
    "COMPLETED": "succeeded",
    "PARTIALLY_REFUNDED": "succeeded",
    "REFUNDED": "succeeded",
    "PENDING": "pending",
    "DECLINED": "failed",
    "FAILED": "failed",
}
_REFUND: Final[dict[str, RefundStatus]] = {
    "COMPLETED": "succeeded",
    "PENDING": "pending",
    "CANCELLED": "failed",
    "FAILED": "failed",
}


def charge_snapshot(order: Json, refusal: str = "") -> ChargeSnapshot:
    """`refusal`: why a capture was refused just now. Most leave the order open: the payer may
    choose another instrument on its page."""
    unit = _unit(order)
    payments = unit.get("payments", {})
    captures = payments.get("captures", [])
    reference = OurReference.unpacked(unit.get("custom_id"))
    status = "failed" if refusal in DECLINED_FOR_GOOD else _status(order, captures)
    refunds = tuple(map(_refund, payments.get("refunds", [])))
    return ChargeSnapshot(
        ref=text(order, "id"),
        status=status,
        amount=from_paypal(unit.get("amount")),
        command_id=reference.command_id,
        workspace_id=reference.workspace_id,
        confirmation_url=link(order, "payer-action", "approve") if status == "pending" else None,
        decline_code=refusal or _reason(captures) if status != "succeeded" else "",
        refunded=sum(each.amount for each in refunds if each.status != "failed"),
        refunds=refunds,
        approved=status == "pending" and order.get("status") == "APPROVED" and not captures,
    )


def capture_of(order: Json) -> tuple[str, datetime] | None:
    """The payment that settled the order, and when."""
    captures = _unit(order).get("payments", {}).get("captures", [])
    if not captures or _CAPTURE.get(str(captures[-1].get("status"))) != "succeeded":
        return None
    paid_at = to_datetime(captures[-1].get("create_time"))
    return (text(captures[-1], "id"), paid_at) if paid_at else None


def our_refund(order: Json, command_id: str) -> tuple[str, Json | None]:
    """The order's capture, and the refund of it that a command made earlier, if it did."""
    payments = _unit(order).get("payments", {})
    captures = payments.get("captures", [])
    if not captures:
        raise GatewayRejected(
            "nothing was paid that could be refunded", gateway="paypal", issue="NOT_CAPTURED"
        )
    for refund in payments.get("refunds", []):
        if OurReference.unpacked(refund.get("custom_id")).command_id == command_id:
            return text(captures[0], "id"), refund
    return text(captures[0], "id"), None


def refund_of(refund: Json) -> Refund:
    status = _REFUND.get(str(refund.get("status")), "pending")
    return Refund(text(refund, "id"), from_paypal(refund.get("amount")), status)


def _unit(order: Json) -> Json:
    """We make orders of one purchase unit."""
    units = order.get("purchase_units", [])
    if len(units) != 1 or not isinstance(units[0], dict):
        raise GatewayUnavailable(gateway="paypal", reason="an order without its purchase unit")
    return dict(units[0])


def _status(order: Json, captures: list[Json]) -> ChargeStatus:
    if order.get("status") == "VOIDED":
        return "cancelled"
    if not captures:
        return "pending"
    return _CAPTURE.get(str(captures[-1].get("status")), "pending")


def _reason(captures: list[Json]) -> str:
    """Why the last capture is not completed."""
    details = captures[-1].get("status_details", {}) if captures else {}
    return str(details.get("reason", ""))


def _refund(refund: Json) -> RefundSnapshot:
    at = to_datetime(refund.get("create_time"))
    if at is None:
        raise GatewayUnavailable(gateway="paypal", reason="a refund without its time")
    given = refund_of(refund)
    return RefundSnapshot(given.ref, given.amount.amount, given.status, at)
