"""Lists: all events, one stream, one workspace in words, what one cause led to."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from pydantic import AfterValidator, AwareDatetime, BaseModel

from kernel.clock import as_utc
from kernel.text import LINE
from projections import fields
from projections.audit_trail import queries, streams
from projections.audit_trail.auditing import Sources
from projections.audit_trail.timeline import BEGINNING, timeline
from runtime.postgres.database import Database
from runtime.web.errors import Limit, page
from runtime.web.openapi import means


def _in_range(instant: datetime) -> datetime:
    """Far from where calendars end, so that there is always a day before and after."""
    if not 1900 <= instant.year <= 9000:
        raise ValueError("the year must lie between 1900 and 9000")
    return as_utc(instant)


InRange = Annotated[AwareDatetime, AfterValidator(_in_range)]


def _only(description: str) -> Any:
    return Query(max_length=300, pattern=LINE, description=description)


def named(description: str, example: str) -> Any:
    """A parameter of a path."""
    return Path(max_length=300, pattern=LINE, description=description, examples=[example])


Cursor = Annotated[
    str, Query(max_length=500, pattern=LINE, description="`next` of the page before.")
]
StreamName = Annotated[str, named("The aggregate's id.", "account-acme")]
CauseName = Annotated[
    str,
    named(
        "A request (`request:<id>`), a webhook (`webhook:<gateway>:<id>`) or an event.",
        "request:req_7c41",
    ),
]
OfService = Annotated[str | None, _only("Only of this service.")]
OfType = Annotated[str | None, _only("Only of this type.")]
OfWorkspace = Annotated[str | None, _only("Only of this workspace.")]
OfStream = Annotated[str | None, _only("Only of this stream.")]
ByActor = Annotated[str | None, _only("Only what this actor did.")]
ByCause = Annotated[str | None, _only("Only what this request, webhook or event led to at once.")]
Since = Annotated[InRange | None, Query(description="Recorded at this time or later.")]
Until = Annotated[InRange | None, Query(description="Recorded before this time.")]
BehindVersion = Annotated[
    int, Query(ge=0, lt=1 << 62, description="`next` of the page before; 0 for the first.")
]


class Event(BaseModel):
    """An event of a service."""

    id: Annotated[
        str, means("The event's id, published too.", "9f8b1c2e-6d1a-5f0e-8c3b-2a4d6e8f0a1b")
    ]
    service: Annotated[str, means("Whose log it stands in.", "billing")]
    sequence: Annotated[int, means("Its position there.", 42)]
    stream: Annotated[str, means("The aggregate's id.", "account-acme")]
    version: Annotated[int, means("Its place in the stream.", 3)]
    type: Annotated[str, means("What happened.", "PlanSubscribed")]
    workspace: Annotated[str, means("Whose it is; empty for a catalogue's.", "acme")]
    key: Annotated[str, means("What it is ordered by: the workspace, or the slug.", "acme")]
    actor: Annotated[str, means("Who did it.", "user:ann")]
    correlation_id: Annotated[str, means("What began it all.", "req_7c41")]
    causation_id: Annotated[str, means("What led to it at once.", "request:req_7c41")]
    occurred_at: Annotated[datetime, means("When it happened.", "2026-11-26T10:00:00Z")]
    recorded_at: Annotated[datetime, means("When it was recorded.", "2026-11-26T10:00:00Z")]
    data: Annotated[dict[str, Any], means("The published event.", {"plan": "pro-monthly"})]
    digest: Annotated[
        str,
        means(
            "The SHA-256 of the stored event.",
            "ab" * 32,
        ),
    ]
    hash: Annotated[
        str,
        means(
            "The chain up to and with it.",
            "cd" * 32,
        ),
    ]


class Events(BaseModel):
    """Events of all services."""

    data: Annotated[list[Event], means("In the order of recording.")]
    next: fields.NextCursor


class TimelineEntry(BaseModel):
    """What happened to a workspace."""

    at: Annotated[datetime, means("When it happened.", "2026-11-26T10:00:00Z")]
    recorded_at: Annotated[
        datetime, means("When we knew; of a run of usage, its end.", "2026-11-26T10:00:00Z")
    ]
    told: Annotated[str, means("In a sentence.", "Subscribed to plan pro-monthly.")]
    type: Annotated[str, means("What happened.", "PlanSubscribed")]
    event: Annotated[str | None, means("Its service and position; null for a run.", "billing:42")]
    events: Annotated[int, means("How many; a run of usage has many.", 1)]
    actor: Annotated[str | None, means("Null for a run.", "user:ann")]
    correlation_id: Annotated[str | None, means("What began it all.", "req_7c41")]
    cause: Annotated[str | None, means("What led to it.", "request:req_7c41")]


class Timeline(BaseModel):
    """The history of a workspace, in words."""

    data: Annotated[list[TimelineEntry], means("Oldest first.")]
    next: fields.NextCursor


class StreamEvent(Event):
    """An event, with the aggregate before and after it."""

    before: Annotated[
        dict[str, Any] | None,
        means("The aggregate before; null where the event is no aggregate's.", {"plan": "free"}),
    ]
    after: Annotated[dict[str, Any] | None, means("And after.", {"plan": "pro-monthly"})]


class Stream(BaseModel):
    """The events of one aggregate."""

    stream: Annotated[str, means("The aggregate's id.", "account-acme")]
    data: Annotated[list[StreamEvent], means("Oldest first.")]
    next: fields.NextCursor


class CausedEvent(Event):
    """An event, and how far it is from its cause."""

    depth: Annotated[int, means("How many events lie between the cause and this one.", 0)]


class Caused(BaseModel):
    """What a cause led to."""

    data: Annotated[list[CausedEvent], means("In the order of recording.")]
    next: fields.NextCursor


def _wanted(
    service: OfService = None,
    type: OfType = None,  # noqa: A002 - the public name of the filter
    workspace: OfWorkspace = None,
    stream: OfStream = None,
    actor: ByActor = None,
    cause: ByCause = None,
    since: Since = None,
    until: Until = None,
) -> queries.Filter:
    return queries.Filter(
        service=service,
        type=type,
        workspace=workspace,
        stream=stream,
        actor=actor,
        cause=cause,
        since=since,
        until=until,
    )


def add_lists(routes: APIRouter, database: Database, sources: Sources) -> None:
    @routes.get("/events", response_model=Events)
    def list_events(
        wanted: Annotated[queries.Filter, Depends(_wanted)], cursor: Cursor = "", limit: Limit = 50
    ) -> dict[str, Any]:
        """All events of all services. In the order of recording."""
        return queries.listed(database, wanted, cursor, limit)

    @routes.get("/streams/{stream:path}", response_model=Stream)
    def show_stream(
        stream: StreamName, limit: Limit = 50, cursor: BehindVersion = 0
    ) -> dict[str, Any]:
        """One aggregate's events, oldest first. Each with the state before and after it."""
        rows = streams.events_of(database, sources, stream, cursor, limit + 1)
        shown = page(rows, limit, lambda row: str(row["version"]))
        return {"stream": stream, **shown}

    @routes.get("/workspaces/{ws}/timeline", response_model=Timeline)
    def tell_timeline(ws: str, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
        """What happened to a workspace, in words. Oldest first; `limit` counts entries that are
        not runs of usage."""
        before = queries.decode_cursor(cursor)
        entries, following, until = timeline(
            database, ws, before.positions, before.since or BEGINNING, limit
        )
        after = None if following is None else queries.Cursor(following, until).encode()
        return {"data": entries, "next": after}

    @routes.get("/causes/{cause:path}", response_model=Caused)
    def follow_cause(cause: CauseName, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
        """Everything that one cause led to. Also by way of other events."""
        return queries.caused(database, cause, cursor, limit)
