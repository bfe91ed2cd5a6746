"""Keeps the subscriptions of all workspaces, and what is owed for them, from billing's events."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from contracts import billing
from contracts.envelope import Envelope
from kernel.text import searchable
from runtime.postgres.database import Cursor, Jsonb
from runtime.postgres.named_sql import load_queries
from runtime.readmodels.definition import ReadModel

FOLDER = Path(__file__).parent
SQL = load_queries(FOLDER / "queries.sql")
SEARCHED = ("workspace_id", "plan", "subscription_ref", "customer_ref")


def handle(cursor: Cursor, events: Sequence[Envelope]) -> None:
    changed = [
        _row(event, event.data.subscription)
        for event in events
        if isinstance(event.data, billing.SubscriptionEvent)
    ]
    if changed:
        cursor.executemany(SQL["record_subscription"], changed)
    for event in events:
        if isinstance(event.data, billing.InvoiceEvent):
            _owe(cursor, event.data.invoice)


def _row(event: Envelope, subscription: billing.Subscription) -> dict[str, Any]:
    facts = dict(subscription)
    charged = subscription.price_cents if subscription.gateway is not None else 0
    discounts = [each.model_dump(mode="json") for each in subscription.discounts]
    return {
        **{name: value for name, value in facts.items() if name not in ("paused", "open_invoice")},
        "discount": None,
        "discounts": Jsonb(discounts),
        "amount_cents": charged,
        "position": event.sequence,
        "past_due_at": event.time if subscription.status == "past_due" else None,
        "updated_at": event.time,
        "words": searchable("\n".join(str(facts[name] or "") for name in SEARCHED)),
    }


def _owe(cursor: Cursor, invoice: billing.Invoice) -> None:
    if invoice.subscription_ref is None:
        return
    owed = invoice.total_cents - invoice.paid_cents
    is_owed = invoice.status == "open" and owed > 0
    cursor.execute(
        SQL["owe" if is_owed else "settle"],
        {
            "gateway": invoice.gateway,
            "invoice_ref": invoice.invoice_ref,
            "subscription_ref": invoice.subscription_ref,
            "owed_cents": owed,
            "since": invoice.due_at or invoice.issued_at,
        },
    )


READ_MODEL = ReadModel("subscriptions", ["billing"], FOLDER, handle)
