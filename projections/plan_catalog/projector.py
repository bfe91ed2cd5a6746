"""Keeps the catalogue's tables from billing's events."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from contracts import billing
from contracts.envelope import Envelope, EventData
from runtime.postgres.database import Cursor, Jsonb
from runtime.postgres.named_sql import load_queries
from runtime.readmodels.definition import ReadModel

FOLDER = Path(__file__).parent
SQL = load_queries(FOLDER / "queries.sql")

Statement = tuple[str, dict[str, Any]]


def handle(cursor: Cursor, events: Sequence[Envelope]) -> None:
    """Of each workspace only the last subscription in the batch is written: each is whole."""
    subscribers: dict[str, billing.Subscription] = {}
    for event in events:
        if isinstance(event.data, billing.SubscriptionEvent):
            subscribers[event.data.workspace_id] = event.data.subscription
        elif (statements := STATEMENTS.get(type(event.data))) is not None:
            for name, values in statements(event):
                cursor.execute(SQL[name], values)
    if subscribers:
        cursor.executemany(SQL["set_subscriber"], map(_subscriber, subscribers.values()))


def _subscriber(subscription: billing.Subscription) -> dict[str, Any]:
    unit = subscription.unit_price_cents
    return {
        "workspace_id": subscription.workspace_id,
        "plan": subscription.plan,
        "price_cents": unit if unit is not None else subscription.price_cents,
        "currency": subscription.currency,
        "interval": subscription.interval,
        "has_access": subscription.status in billing.ACCESS,
    }


def _fields(event: Envelope) -> dict[str, Any]:
    """Those that came later are left out of a dump while they have their default."""
    names = type(event.data).model_fields
    values = {name: getattr(event.data, name) for name in names} | event.data.model_dump()
    return {
        key: Jsonb(value) if isinstance(value, dict) else value for key, value in values.items()
    }


def _created(event: Envelope) -> list[Statement]:
    return [("create_plan", {**_fields(event), "created_at": event.time})]


def _renamed(event: Envelope) -> list[Statement]:
    return [("rename", _fields(event)), ("unsettle_if_paid", _fields(event))]


def _repriced(event: Envelope) -> list[Statement]:
    return [("reprice", _fields(event)), ("unsettle", _fields(event))]


def _writes(name: str, **facts: Any) -> Callable[[Envelope], list[Statement]]:
    """One statement with the event's own fields and these."""
    return lambda event: [(name, {**_fields(event), **facts})]


STATEMENTS: Mapping[type[EventData], Callable[[Envelope], list[Statement]]] = {
    billing.PlanCreated: _created,
    billing.PlanRenamed: _renamed,
    billing.PlanRepriced: _repriced,
    billing.PlanLimitsChanged: _writes("change_limits"),
    billing.PlanSaleTermsChanged: _writes("change_sale_terms"),
    billing.PlanActivated: _writes("set_active", is_active=True),
    billing.PlanDeactivated: _writes("set_active", is_active=False),
    billing.PlanMadeDefault: _writes("set_default", is_default=True),
    billing.PlanNoLongerDefault: _writes("set_default", is_default=False),
    billing.PlanSynced: _writes("synced"),
    billing.PlanSyncFailed: _writes("fail_sync"),
    billing.PlanWithdrawn: _writes("set_sync", state="local_only", reason=None, price_ref=None),
}

READ_MODEL = ReadModel("plan_catalog", ["billing"], FOLDER, handle)
