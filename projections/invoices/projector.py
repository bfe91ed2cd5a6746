"""Keeps the invoices from billing's events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from contracts import billing
from contracts.envelope import Envelope, EventData
from kernel.clock import rfc3339
from kernel.text import searchable
from runtime.postgres.database import Cursor, Jsonb
from runtime.postgres.named_sql import load_queries
from runtime.readmodels.definition import ReadModel

FOLDER = Path(__file__).parent
SQL = load_queries(FOLDER / "queries.sql")
RECORD = SQL["record_invoice"]

STEPS: Mapping[type[EventData], str] = {
    billing.InvoiceIssued: "issued",
    billing.InvoiceAmended: "amended",
    billing.InvoicePaid: "paid",
    billing.InvoicePaymentFailed: "payment_failed",
    billing.InvoiceVoided: "voided",
    billing.InvoiceRefunded: "refunded",
    billing.InvoiceRefundFailed: "refund_failed",
    billing.DisputeOpened: "dispute_opened",
    billing.DisputeClosed: "dispute_closed",
}
SEARCHED = ("workspace_id", "number", "invoice_ref", "subscription_ref", "customer_ref")


def handle(cursor: Cursor, events: Sequence[Envelope]) -> None:
    rows = [
        _row(event, event.data) for event in events if isinstance(event.data, billing.InvoiceEvent)
    ]
    if rows:
        cursor.executemany(RECORD, rows)


def _row(event: Envelope, happened: billing.InvoiceEvent) -> dict[str, Any]:
    facts = dict(happened.invoice)
    lines = [line.model_dump(mode="json") for line in happened.invoice.lines]
    return {
        **facts,
        "position": event.sequence,
        "lines": Jsonb(lines),
        "steps": Jsonb([_step(event, happened)]),
        "words": searchable("\n".join(str(facts[name] or "") for name in SEARCHED)),
    }


def _step(event: Envelope, happened: billing.InvoiceEvent) -> dict[str, Any]:
    told = happened.model_dump(mode="json", exclude={"workspace_id", "invoice"})
    return {
        "step": STEPS[type(happened)],
        "at": rfc3339(event.time),
        "event": event.id,
        **{name: value for name, value in told.items() if value is not None},
    }


READ_MODEL = ReadModel("invoices", ["billing"], FOLDER, handle)
