"""Keeps each workspace's subscription, open checkout and the plans' present prices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from contracts import billing
from contracts.envelope import Envelope, EventData
from runtime.postgres.database import Cursor, Jsonb
from runtime.postgres.named_sql import load_queries
from runtime.readmodels.definition import ReadModel

FOLDER = Path(__file__).parent
SQL = load_queries(FOLDER / "queries.sql")

# What is kept as JSON, and what stands for nothing of it.
PARTS: Mapping[str, Any] = {"discounts": [], "paused": None, "open_invoice": None}
STATEMENTS: Mapping[type[EventData], str] = {
    billing.PlanCreated: "create_plan",
    billing.PlanRenamed: "rename_plan",
    billing.PlanRepriced: "reprice_plan",
    billing.PlanMadeDefault: "set_default",
    billing.CheckoutStarted: "start_checkout",
    billing.CheckoutOpened: "open_checkout",
    billing.CheckoutClosed: "close_checkout",
}


def handle(cursor: Cursor, events: Sequence[Envelope]) -> None:
    for event in events:
        body = event.data
        if isinstance(body, billing.SubscriptionEvent):
            _set_subscription(cursor, event, body)
        elif (statement := STATEMENTS.get(type(body))) is not None:
            cursor.execute(SQL[statement], _values(event))


def _set_subscription(cursor: Cursor, event: Envelope, body: billing.SubscriptionEvent) -> None:
    facts = dict(body.subscription)
    parts = {name: Jsonb(found) if found is not None else None for name, found in _parts(body)}
    cursor.execute(SQL["set_subscription"], {**facts, **parts, "updated_at": event.time})
    if isinstance(body, billing.PlanSubscribed) and body.checkout_id is not None:
        cursor.execute(SQL["close_checkout"], _values(event))


def _parts(body: billing.SubscriptionEvent) -> Iterator[tuple[str, Any]]:
    facts = body.subscription.model_dump(mode="json", include={*PARTS})
    return ((name, facts.get(name, nothing)) for name, nothing in PARTS.items())


def _values(event: Envelope) -> dict[str, Any]:
    """Scalars only: what SQL is given."""
    facts = event.data.model_dump()
    plain = {key: value for key, value in facts.items() if not isinstance(value, dict)}
    return {**plain, "time": event.time}


READ_MODEL = ReadModel("plan_subscriptions", ["billing"], FOLDER, handle)
