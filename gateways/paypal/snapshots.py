"""PayPal's subscription as the port's snapshot."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from gateways.paypal.catalogue import Terms
from gateways.paypal.client import Json, text
from gateways.paypal.metadata import OurReference
from gateways.paypal.timestamps import to_datetime
from gateways.port import Status, SubscriptionSnapshot

_STATUS: Final[dict[str, Status]] = {
    "APPROVAL_PENDING": "pending",
    "APPROVED": "pending",
    "ACTIVE": "active",
    "SUSPENDED": "suspended",
    "CANCELLED": "cancelled",
    "EXPIRED": "expired",
}
ENDED = frozenset({"CANCELLED", "EXPIRED"})


def status_of(subscription: Json) -> Status:
    """PayPal has no word for past due: an active subscription with failed payments is."""
    status = _STATUS.get(str(subscription.get("status")), "unknown")
    if status != "active":
        return status
    billing = subscription.get("billing_info", {})
    if billing.get("failed_payments_count", 0) > 0:
        return "past_due"
    return "trialing" if any(map(_trial_runs, billing.get("cycle_executions", []))) else "active"


def subscription_snapshot(
    subscription: Json, terms: Terms, fetched_at: datetime
) -> SubscriptionSnapshot:
    """`period_end` is None once PayPal plans no further payment."""
    billing = subscription.get("billing_info", {})
    reference = OurReference.unpacked(subscription.get("custom_id"))
    status = status_of(subscription)
    ended = status in ("cancelled", "expired")
    return SubscriptionSnapshot(
        gateway="paypal",
        ref=text(subscription, "id"),
        status=status,
        raw_status=str(subscription.get("status", "")),
        fetched_at=fetched_at,
        workspace_id=reference.workspace_id,
        command_id=reference.command_id,
        replaces=reference.replaces,
        price_ref=text(subscription, "plan_id"),
        price=terms.price,
        interval=terms.interval,
        started_at=None if status == "pending" else to_datetime(subscription.get("start_time")),
        period_start=to_datetime(billing.get("last_payment", {}).get("time")),
        period_end=to_datetime(billing.get("next_billing_time")),
        ended_at=to_datetime(subscription.get("status_update_time")) if ended else None,
        customer=subscription.get("subscriber", {}).get("payer_id"),
    )


def _trial_runs(cycle: Json) -> bool:
    return cycle.get("tenure_type") == "TRIAL" and cycle.get("cycles_remaining", 0) > 0
