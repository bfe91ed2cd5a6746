"""Lists: all events, one stream, one workspace in words, what one cause led to."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from pydantic import AfterValidator, AwareDatetime, BaseModel

from kernel.clock import as_utc
from kernel.text import LINE
from projections.audit_trail import queries, streams
from projections.audit_trail.auditing import Sources
from projections.audit_trail.timeline import BEGINNING, timeline
from runtime.postgres.database import Database
from runtime.web.errors import Limit, page


def _in_range(instant: datetime) -> datetime:
    """Far from where calendars end, so that there is always a day before and after."""
    if not 1900 <= instant.year <= 9000:
        raise ValueError("the year must lie between 1900 and 9000")
    return as_utc(instant)


InRange = Annotated[AwareDatetime, AfterValidator(_in_range)]
Text = Annotated[str | None, Query(max_length=300, pattern=LINE)]
Cursor = Annotated[
    str, Query(max_length=500, pattern=LINE, description="`next` of the page before.")
]
OptionalTime = InRange | None
Name = Annotated[str, Path(max_length=300, pattern=LINE)]


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


class StreamEvent(Event):
    """The aggregate before and after the event; null where the event is no aggregate's."""

    before: dict[str, Any] | None
    after: dict[str, Any] | None


class Stream(BaseModel):
    stream: str
    data: list[StreamEvent]
    next: str | None


class CausedEvent(Event):
    """`depth`: how many events lie between the cause and this one."""

    depth: int


class Caused(BaseModel):
    data: list[CausedEvent]
    next: str | None


def _wanted(
    service: Text = None,
    type: Text = None,  # noqa: A002 - the public name of the filter
    workspace: Text = None,
    stream: Text = None,
    actor: Text = None,
    cause: Text = None,
    since: OptionalTime = None,
    until: OptionalTime = None,
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
        """All events in the order of recording; `since` and `until` are times of recording."""
        return queries.listed(database, wanted, cursor, limit)

    @routes.get("/streams/{stream:path}", response_model=Stream)
    def show_stream(
        stream: Name, limit: Limit = 50, cursor: Annotated[int, Query(ge=0, lt=1 << 62)] = 0
    ) -> dict[str, Any]:
        """Each event with the aggregate's state before and after it, oldest first."""
        rows = streams.events_of(database, sources, stream, cursor, limit + 1)
        shown = page(rows, limit, lambda row: str(row["version"]))
        return {"stream": stream, **shown}

    @routes.get("/workspaces/{ws}/timeline", response_model=Timeline)
    def tell_timeline(ws: str, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
        """Oldest first. `limit` counts entries that are not runs of usage."""
        before = queries.decode_cursor(cursor)
        entries, following, until = timeline(
            database, ws, before.positions, before.since or BEGINNING, limit
        )
        after = None if following is None else queries.Cursor(following, until).encode()
        return {"data": entries, "next": after}

    @routes.get("/causes/{cause:path}", response_model=Caused)
    def follow_cause(cause: Name, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
        """Everything that a request (`request:<id>`), a webhook (`webhook:<gateway>:<id>`) or an
        event (`<service>:<sequence>`) led to, also by way of other events."""
        return queries.caused(database, cause, cursor, limit)
