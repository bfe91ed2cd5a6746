"""Keeps the order ledger from the add-on service's events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from contracts import addons
from contracts.envelope import Envelope
from kernel.text import searchable
from runtime.postgres.database import Cursor, Jsonb
from runtime.postgres.named_sql import load_queries
from runtime.readmodels.definition import ReadModel

FOLDER = Path(__file__).parent
SQL = load_queries(FOLDER / "queries.sql")
RECORD = SQL["record_order"]
SEARCHED = ("workspace_id", "buyer", "addon", "addon_name", "purchase_id", "charge_ref")


def handle(cursor: Cursor, events: Sequence[Envelope]) -> None:
    rows = [
        _row(event, event.data) for event in events if isinstance(event.data, addons.PurchaseEvent)
    ]
    if rows:
        cursor.executemany(RECORD, rows)


def _row(event: Envelope, happened: addons.PurchaseEvent) -> dict[str, Any]:
    facts = happened.purchase.model_dump()

    def time_of(*kinds: type[addons.PurchaseEvent]) -> datetime | None:
        return event.time if isinstance(happened, kinds) else None

    dispute = facts.get("dispute")
    words = [str(facts[name] or "") for name in SEARCHED] + ([dispute["ref"]] if dispute else [])
    closed = facts["status"] in ("failed", "cancelled", "refunded")
    return {
        **facts,
        "status": happened.purchase.shown_status,
        "dispute": Jsonb(dispute) if dispute else None,
        "position": event.sequence,
        "paid_at": time_of(addons.AddonPaid),
        "delivered_at": time_of(addons.AddonDelivered),
        "closed_at": event.time if closed else None,
        "paged_at": time_of(addons.DeliveryTeamPaged),
        "words": searchable("\n".join(words)),
    }


READ_MODEL = ReadModel("orders", ["addons"], FOLDER, handle)
