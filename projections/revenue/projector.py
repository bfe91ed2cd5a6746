"""Keeps what each workspace is worth a month, how that moved, and the money that moved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

from contracts import billing
from contracts.envelope import Envelope
from kernel.month import Month
from projections.revenue.money import told
from projections.revenue.recurring import Standing, monthly_cents, movements
from runtime.postgres.database import Cursor
from runtime.postgres.named_sql import load_queries
from runtime.readmodels.definition import ReadModel

FOLDER = Path(__file__).parent
SQL = load_queries(FOLDER / "queries.sql")


def handle(cursor: Cursor, events: Sequence[Envelope]) -> None:
    changed = [
        (event, event.data.subscription)
        for event in events
        if isinstance(event.data, billing.SubscriptionEvent)
    ]
    if changed:
        _move(cursor, changed)
    for event in events:
        if isinstance(event.data, billing.InvoiceEvent):
            _tell(cursor, event, event.data)


# --- what workspaces are worth


def _move(cursor: Cursor, changed: Sequence[tuple[Envelope, billing.Subscription]]) -> None:
    """Of a workspace, what comes at or before the event that it stands by was applied already."""
    standings = _standings(cursor, {subscription.workspace_id for _, subscription in changed})
    rows: list[dict[str, Any]] = []
    for event, subscription in changed:
        before = standings.get(subscription.workspace_id)
        if before is None or before.position < event.sequence:
            found = list(_movements(event, subscription, before))
            standings.update((row["workspace_id"], _standing(row)) for row in found)
            rows += found
    if rows:
        cursor.executemany(SQL["move"], rows)
        moved = sorted({row["workspace_id"] for row in rows})
        kept = [{"workspace_id": each, **asdict(standings[each])} for each in moved]
        cursor.executemany(SQL["stand"], kept)


def _standings(cursor: Cursor, workspaces: set[str]) -> dict[str, Standing]:
    rows = cursor.execute(SQL["standings"], {"workspaces": list(workspaces)}).fetchall()
    return {row.pop("workspace_id"): Standing(**row) for row in rows}


def _movements(
    event: Envelope, subscription: billing.Subscription, before: Standing | None
) -> Iterator[dict[str, Any]]:
    """Dated when it happened, but never before the movement that it follows: no month's total ever
    lacks what a later one takes away."""
    at = max(event.time, before.at) if before is not None else event.time
    found = movements(before, subscription.currency, monthly_cents(subscription))
    for part, movement in enumerate(found):
        yield {
            **asdict(movement),
            "position": event.sequence,
            "part": part,
            "follows": before.position if before is not None else None,
            "workspace_id": subscription.workspace_id,
            "plan": subscription.plan,
            "gateway": subscription.gateway,
            "at": at,
            "month": _month(at),
        }


def _standing(row: dict[str, Any]) -> Standing:
    return Standing(row["currency"], row["after_cents"], row["at"], row["position"])


# --- money


def _tell(cursor: Cursor, event: Envelope, happened: billing.InvoiceEvent) -> None:
    invoice = happened.invoice
    facts = {
        "position": event.sequence,
        "workspace_id": invoice.workspace_id,
        "gateway": invoice.gateway,
        "invoice_ref": invoice.invoice_ref,
        "currency": invoice.currency,
        "at": event.time,
        "month": _month(event.time),
    }
    if invoice.paid_cents:
        cursor.execute(SQL["pay"], {**facts, "paid_cents": invoice.paid_cents})
    for kind, cents in told(happened):
        cursor.execute(SQL["tell"], {**facts, "kind": kind, "cents": cents})


def _month(at: datetime) -> date:
    return Month.of(at).start.date()


READ_MODEL = ReadModel("revenue", ["billing"], FOLDER, handle)
