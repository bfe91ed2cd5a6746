"""Keeps the purchase history from the add-on service's events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from contracts import addons
from contracts.envelope import Envelope, EventData
from kernel.clock import rfc3339
from runtime.postgres.database import Cursor, Jsonb
from runtime.postgres.named_sql import load_queries
from runtime.readmodels.definition import ReadModel

FOLDER = Path(__file__).parent
SQL = load_queries(FOLDER / "queries.sql")
RECORD = SQL["record_purchase"]

STEPS: Mapping[type[EventData], str] = {
    addons.AddonPurchaseStarted: "started",
    addons.AddonConfirmationRequired: "confirmation_required",
    addons.AddonPaid: "paid",
    addons.AddonPaidTooLate: "paid_too_late",
    addons.AddonPaymentFailed: "failed",
    addons.AddonDelivered: "delivered",
    addons.AddonCancelled: "cancelled",
    addons.AddonReopened: "reopened",
    addons.AddonRefundStarted: "refund_started",
    addons.AddonRefunded: "refunded",
    addons.AddonRefundFailed: "refund_failed",
    addons.AddonDisputed: "disputed",
    addons.AddonDisputeClosed: "dispute_closed",
    addons.DeliveryTeamPaged: "delivery_team_paged",
}
DETAILS = ("amount_cents", "refund_ref", "reason")


def handle(cursor: Cursor, events: Sequence[Envelope]) -> None:
    rows = [
        _row(event, event.data) for event in events if isinstance(event.data, addons.PurchaseEvent)
    ]
    if rows:
        cursor.executemany(RECORD, rows)


def _row(event: Envelope, happened: addons.PurchaseEvent) -> dict[str, Any]:
    return {
        **happened.purchase.model_dump(),
        "status": happened.purchase.shown_status,
        "position": event.sequence,
        "paid_at": event.time if isinstance(happened, addons.AddonPaid) else None,
        "delivered_at": event.time if isinstance(happened, addons.AddonDelivered) else None,
        "steps": Jsonb(_steps(event, happened)),
    }


def _steps(event: Envelope, happened: addons.PurchaseEvent) -> list[dict[str, Any]]:
    step = STEPS.get(type(happened))
    if step is None:
        return []
    told = {name: getattr(happened, name) for name in DETAILS if hasattr(happened, name)}
    if isinstance(happened, addons.AddonDisputed | addons.AddonDisputeClosed):
        told = happened.purchase.dispute.model_dump() if happened.purchase.dispute else {}
    return [{"step": step, "at": rfc3339(event.time), **_without_blanks(told)}]


def _without_blanks(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if value != ""}


READ_MODEL = ReadModel("purchase_history", ["addons"], FOLDER, handle)
