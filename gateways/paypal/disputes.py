"""Disputes of a payment, which PayPal lists for 180 days from when they began."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import structlog

from gateways.paypal.client import Json, PayPalClient, text
from gateways.paypal.money import from_paypal
from gateways.paypal.timestamps import to_datetime
from gateways.port import DisputeSnapshot, DisputeStatus, GatewayRejected, GatewayUnavailable

# Half a year after a payment one may begin, and half a year after that it is listed.
_LISTED = timedelta(days=360)
_PAGE = 50
# PayPal itself paid the buyer where it was resolved "with payout".
_LOST: Final = frozenset({"RESOLVED_BUYER_FAVOUR", "ACCEPTED"})

log = structlog.get_logger()


class Disputes:
    def __init__(self, client: PayPalClient) -> None:
        self._client = client

    def of(self, payment: str, paid_at: datetime) -> tuple[DisputeSnapshot, ...]:
        """Oldest first. None of a payment that is too old for PayPal to tell, or where the app may
        not read disputes."""
        if self._client.clock() - paid_at > _LISTED:
            return ()
        filters: dict[str, str | int] = {"disputed_transaction_id": payment, "page_size": _PAGE}
        try:
            listed = self._client.get("/v1/customer/disputes", filters).get("items", [])
        except GatewayRejected as rejected:
            log.warning("paypal_disputes_unreadable", issue=rejected.details.get("issue"))
            return ()
        found = [self._get(text(each, "dispute_id")) for each in listed]
        return tuple(sorted(found, key=lambda each: (each.opened_at, each.ref)))

    def _get(self, ref: str) -> DisputeSnapshot:
        return dispute_snapshot(self._client.get(f"/v1/customer/disputes/{ref}"))


def dispute_snapshot(dispute: Json) -> DisputeSnapshot:
    opened_at = to_datetime(dispute.get("create_time"))
    if opened_at is None:
        raise GatewayUnavailable(gateway="paypal", reason="a dispute without its time")
    status = _status(dispute)
    return DisputeSnapshot(
        ref=text(dispute, "dispute_id"),
        amount=from_paypal(dispute.get("dispute_amount")).amount,
        status=status,
        reason=str(dispute.get("reason", "")).lower(),
        opened_at=opened_at,
        closed_at=None if status == "open" else to_datetime(dispute.get("update_time")),
    )


def _status(dispute: Json) -> DisputeStatus:
    if dispute.get("status") != "RESOLVED":
        return "open"
    outcome = dispute.get("dispute_outcome", {}).get("outcome_code")
    return "lost" if outcome in _LOST else "won"
