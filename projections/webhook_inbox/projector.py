"""Keeps the notifications from billing's events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from contracts import billing
from contracts.envelope import Envelope, EventData
from kernel.text import searchable
from runtime.postgres.database import Cursor
from runtime.postgres.named_sql import load_queries
from runtime.readmodels.definition import ReadModel

FOLDER = Path(__file__).parent
SQL = load_queries(FOLDER / "queries.sql")

STATES: Mapping[type[EventData], str] = {
    billing.WebhookPutOff: "retry",
    billing.WebhookParked: "parked",
    billing.WebhookRetried: "retry",
    billing.WebhookProcessed: "processed",
}
SEARCHED = (
    *("workspace_id", "webhook_id", "webhook_type"),
    *("subscription_ref", "checkout_ref", "charge_ref", "customer_ref"),
)


def handle(cursor: Cursor, events: Sequence[Envelope]) -> None:
    for event in events:
        if isinstance(event.data, billing.WebhookReceived):
            cursor.execute(SQL["receive"], _received(event, event.data))
        elif (state := STATES.get(type(event.data))) is not None:
            cursor.execute(SQL["change"], _changed(event, state))


def _received(event: Envelope, received: billing.WebhookReceived) -> dict[str, Any]:
    facts = dict(received)
    return {
        **facts,
        **_recording(event),
        "occurred_at": event.time,
        "words": searchable("\n".join(facts[name] for name in SEARCHED)),
    }


def _changed(event: Envelope, state: str) -> dict[str, Any]:
    return {
        "reason": None,
        "attempts": None,
        **dict(event.data),
        **_recording(event),
        "state": state,
    }


def _recording(event: Envelope) -> dict[str, Any]:
    return {
        "position": event.sequence,
        "recorded_at": event.recorded_at,
        "actor": event.actor,
    }


READ_MODEL = ReadModel("webhook_inbox", ["billing"], FOLDER, handle)
