"""The ledger over HTTP, for auditors."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel

from projections.audit_trail import queries
from projections.audit_trail.timeline import BEGINNING, timeline
from runtime.http import page
from runtime.read_model import ReadModel, ReadSide

Limit = Annotated[int, Query(ge=1, le=500)]
Text = Annotated[str | None, Query(max_length=300, pattern=r"^[^\x00]*$")]
Cursor = Annotated[str, Query(max_length=500, description="`next` of the page before.")]
Moment = AwareDatetime | None


class Event(BaseModel):
    """`digest` is the SHA-256 of the stored event, `hash` the chain up to and with it."""

    id: str
    service: str
    sequence: int
    stream: str
    version: int
    type: str
    workspace: str
    key: str
    actor: str
    correlation_id: str
    causation_id: str
    occurred_at: datetime
    recorded_at: datetime
    data: dict[str, Any]
    digest: str
    hash: str


class Events(BaseModel):
    data: list[Event]
    next: str | None


class TimelineEntry(BaseModel):
    """`at` is when it happened, `recorded_at` when we knew. A run of usage is one entry of many
    `events`, from `at` to `recorded_at`."""

    at: datetime
    recorded_at: datetime
    told: str
    type: str
    event: str | None
    events: int
    actor: str | None
    correlation_id: str | None
    cause: str | None


class Timeline(BaseModel):
    data: list[TimelineEntry]
    next: str | None


def router(read_side: ReadSide, model: ReadModel) -> APIRouter:
    routes = APIRouter(
        prefix="/v1/audit",
        tags=["audit"],
        dependencies=[read_side.access.auditor, read_side.caught_up(model)],
    )
    database = read_side.database

    @routes.get("/events", response_model=Events)
    def list_events(
        service: Text = None,
        type: Text = None,  # noqa: A002 - the public name of the filter
        workspace: Text = None,
        stream: Text = None,
        actor: Text = None,
        cause: Text = None,
        since: Moment = None,
        until: Moment = None,
        cursor: Cursor = "",
        limit: Limit = 50,
    ) -> dict[str, Any]:
        """All events in the order of recording; `since` and `until` are times of recording."""
        wanted = queries.Filter(
            service=service,
            type=type,
            workspace=workspace,
            stream=stream,
            actor=actor,
            cause=cause,
            since=since,
            until=until,
        )
        before = queries.decode_cursor(cursor)
        rows = queries.list_events(database, wanted, before.positions, limit + 1)
        following = queries.Cursor(queries.positions_after(before.positions, rows[:limit]))
        return page([queries.as_json(row) for row in rows], limit, lambda _: following.encode())

    @routes.get("/workspaces/{ws}/timeline", response_model=Timeline)
    def tell_timeline(ws: str, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
        """Oldest first. `limit` counts entries that are not runs of usage."""
        before = queries.decode_cursor(cursor)
        entries, following, until = timeline(
            database, ws, before.positions, before.since or BEGINNING, limit
        )
        after = None if following is None else queries.Cursor(following, until).encode()
        return {"data": entries, "next": after}

    return routes
