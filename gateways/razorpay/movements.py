"""What went back of payments, and what is disputed of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from gateways.port import (
    DisputeSnapshot,
    DisputeStatus,
    GatewayUnavailable,
    RefundSnapshot,
    RefundStatus,
)
from gateways.razorpay.client import Json, RazorpayClient, every_item, text
from gateways.razorpay.timestamps import to_datetime

REFUND_STATUSES: Final[dict[str, RefundStatus]] = {
    "pending": "pending",
    "processed": "succeeded",
    "failed": "failed",
}
_DISPUTE_PAGES = 10


class Movements:
    def __init__(self, client: RazorpayClient) -> None:
        self._client = client

    def refunds(self, payment: str) -> tuple[RefundSnapshot, ...]:
        """Oldest first, failed ones too: those come back after they were processed."""
        listed = every_item(self._client.sdk.payment.fetch_multiple_refund, {}, payment)
        return tuple(sorted(map(_refund, listed), key=lambda each: (each.at, each.ref)))

    def disputes(self) -> Mapping[str, tuple[DisputeSnapshot, ...]]:
        """The account's latest thousand by payment, oldest first: Razorpay takes no filter."""
        found = defaultdict(list)
        for dispute in every_item(self._client.sdk.dispute.all, {}, pages=_DISPUTE_PAGES):
            found[text(dispute, "payment_id")].append(_dispute(dispute))
        return {
            payment: tuple(sorted(each, key=lambda one: (one.opened_at, one.ref)))
            for payment, each in found.items()
        }


def _refund(refund: Json) -> RefundSnapshot:
    at = to_datetime(refund.get("created_at"))
    if at is None:
        raise GatewayUnavailable(gateway="razorpay", reason="a refund without its time")
    status = REFUND_STATUSES.get(str(refund.get("status")), "pending")
    return RefundSnapshot(text(refund, "id"), int(refund["amount"]), status, at)


def _dispute(dispute: Json) -> DisputeSnapshot:
    """Razorpay keeps no time of its end."""
    at = to_datetime(dispute.get("created_at"))
    if at is None:
        raise GatewayUnavailable(gateway="razorpay", reason="a dispute without its time")
    return DisputeSnapshot(
        ref=text(dispute, "id"),
        amount=int(dispute["amount"]),
        status=_dispute_status(dispute),
        reason=str(dispute.get("reason_code") or ""),
        opened_at=at,
    )


def _dispute_status(dispute: Json) -> DisputeStatus:
    """One of a mere suspicion is closed; only a lost one takes money."""
    match dispute.get("status"):
        case "lost":
            return "lost"
        case "won":
            return "won"
        case "closed":
            return "lost" if dispute.get("amount_deducted") else "won"
    return "open"
