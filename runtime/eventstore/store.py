"""The event store of one service: the library's PostgreSQL recorder, with a time of recording."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import wraps
from itertools import starmap
from typing import Any, NamedTuple, ParamSpec, TypeVar, cast

import msgspec
from eventsourcing.application import AggregateNotFoundError, Repository
from eventsourcing.persistence import (
    EventStore as LibraryEventStore,
)
from eventsourcing.persistence import (
    JSONTranscoder,
    Mapper,
    RecordConflictError,
    StoredEvent,
)
from eventsourcing.postgres import PostgresApplicationRecorder
from eventsourcing.utils import get_topic, resolve_topic
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier

from kernel.aggregate import Aggregate, DomainEvent
from kernel.cause import Cause
from kernel.decoding import ready
from kernel.errors import Conflict
from runtime.eventstore.command import note_position
from runtime.postgres.database import Cursor, Database, IntegrityError

A = TypeVar("A", bound=Aggregate)
P = ParamSpec("P")
R = TypeVar("R")
Within = Callable[[Cursor], None]

COMMAND_ATTEMPTS = 5


class RecordedEvent(NamedTuple):
    """One row of a service's log. `sequence` grows without a reader ever having to look back:
    log order is commit order. `state` is JSON."""

    sequence: int
    stream: str
    version: int
    topic: str
    state: bytes
    recorded_at: datetime

    @property
    def digest(self) -> str:
        """Hex SHA-256 over the canonical stored event: what the audit chain links."""
        head = f"{self.sequence}\n{self.stream}\n{self.version}\n{self.topic}\n"
        return hashlib.sha256(head.encode() + self.state).hexdigest()


class Recorder(PostgresApplicationRecorder):
    """Adds `recorded_at`, and work that must be true at once in the same transaction."""

    def __init__(self, datastore: Database, *, events_table_name: str) -> None:
        super().__init__(datastore, events_table_name=events_table_name)
        self.sql_create_statements.append(
            SQL(
                "ALTER TABLE {}.{} ADD COLUMN IF NOT EXISTS "
                "recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()"
            ).format(Identifier(datastore.schema), Identifier(events_table_name))
        )

    def _insert_events(
        self,
        curs: Cursor,
        stored_events: Sequence[StoredEvent],  # noqa: ARG002
        **kwargs: Any,
    ) -> None:
        within: Within | None = kwargs.get("within")
        if within is not None:
            within(curs)


def stored_cause(cause: Cause) -> dict[str, str]:
    """A trace is stored where there is one: without, an event is the same as ever."""
    traced = {"traceparent": cause.traceparent} if cause.traceparent else {}
    return {
        "actor": cause.actor,
        "correlation_id": cause.correlation_id,
        "causation_id": cause.causation_id,
        **traced,
    }


class JsonMapper(Mapper[str]):
    """Stores events as plain JSON and decodes them by the types of their fields."""

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        state: dict[str, Any] = msgspec.to_builtins(domain_event)
        stream, version = state.pop("originator_id"), state.pop("originator_version")
        state["cause"] = stored_cause(domain_event.cause)
        if domain_event.class_version > 1:
            state["class_version"] = domain_event.class_version
        return StoredEvent(
            stream, version, get_topic(type(domain_event)), msgspec.json.encode(state)
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        event_class: type[DomainEvent] = resolve_topic(stored_event.topic)
        state: dict[str, Any] = msgspec.json.decode(stored_event.state)
        for version in range(state.pop("class_version", 1), event_class.class_version):
            getattr(event_class, f"upcast_v{version}_v{version + 1}")(state)
        state["originator_id"] = str(stored_event.originator_id)
        state["originator_version"] = stored_event.originator_version
        return msgspec.convert(state, ready(event_class))


class EventStore:
    """`service` names the log; its table is `<service>_events` in the database's schema, written
    by `recorder`, where a service has one of its own."""

    def __init__(self, service: str, database: Database, recorder: Recorder | None = None) -> None:
        self.service = service
        self.database = database
        self.table = f"{service}_events"
        self.recorder = recorder or Recorder(database, events_table_name=self.table)
        self.mapper = JsonMapper(JSONTranscoder())
        self._events: LibraryEventStore[str] = LibraryEventStore(self.mapper, self.recorder)
        self._repository: Repository[str] = Repository(self._events)

    @property
    def channel(self) -> str:
        """What a commit notifies."""
        return self.recorder.channel_name

    def migrate(self) -> None:
        self.database.ensure_schema()
        with self.database.migration():
            self.recorder.create_table()

    def find(self, kind: type[A], stream: str, version: int | None = None) -> A | None:
        """The aggregate as of now (or after its first `version` events); None without events."""
        try:
            aggregate: object = self._repository.get(stream, version=version)
        except AggregateNotFoundError:
            return None
        if not isinstance(aggregate, kind):
            raise TypeError(f"{stream} is a {type(aggregate).__name__}, not a {kind.__name__}")
        return aggregate

    def save(self, *aggregates: Aggregate, cause: Cause, within: Within | None = None) -> int:
        """Records all pending events and what `within(cursor)` writes in one transaction.

        Returns the position after them (the head of the log when there was nothing to record).
        Raises RecordConflictError when another command was faster: load and decide again
        (`@retry_conflicts`). `within` may run more than once, each time in a new transaction.
        """
        events = [
            replace(cast(DomainEvent, event), cause=cause)
            for aggregate in aggregates
            for event in aggregate.collect_events()
        ]
        stored = [self.mapper.to_stored_event(event) for event in events]
        try:
            positions = self.recorder.insert_events(stored, within=within)
        except IntegrityError as error:
            position = self._already_recorded(stored)
            if position is None:
                raise RecordConflictError(str(error)) from error
            positions = [position]
        position = max(positions) if positions else self.head()
        note_position(self.service, position)
        return position

    def _already_recorded(self, stored: Sequence[StoredEvent]) -> int | None:
        """A commit whose acknowledgement was lost is retried by the library and collides with
        itself. The state holds the request's id, so equal bytes are ours."""
        if not stored:
            return None
        last = stored[-1]
        rows = self.database.rows(
            f"SELECT notification_id, topic, state FROM {self.table} "
            "WHERE originator_id = %s AND originator_version = %s",
            (last.originator_id, last.originator_version),
        )
        if not rows or rows[0]["topic"] != last.topic or bytes(rows[0]["state"]) != last.state:
            return None
        return int(rows[0]["notification_id"])

    def stream(self, stream: str) -> list[DomainEvent]:
        """All events of one stream, oldest first."""
        return [cast(DomainEvent, event) for event in self._events.get(stream)]

    def decode(self, event: RecordedEvent) -> DomainEvent:
        stored = StoredEvent(event.stream, event.version, event.topic, event.state)
        return cast(DomainEvent, self.mapper.to_domain_event(stored))

    def read(self, after: int, limit: int) -> list[RecordedEvent]:
        """Up to `limit` events of the log with a sequence above `after`, in order."""
        query = (
            "SELECT notification_id, originator_id::text, originator_version, topic, state, "
            f"recorded_at FROM {self.table} "
            "WHERE notification_id > %s ORDER BY notification_id LIMIT %s"
        )
        with self.database.cursor() as cursor:
            found = cursor.connection.cursor(row_factory=tuple_row, binary=True)
            return list(starmap(RecordedEvent, found.execute(query.encode(), (after, limit))))

    def head(self) -> int:
        """The sequence of the last event, 0 for an empty log."""
        return self.recorder.max_notification_id() or 0


def retry_conflicts(command: Callable[P, R]) -> Callable[P, R]:
    """Runs a command again from the load when somebody else's came first; then `conflict`. The
    pauses are short and uneven, so that two that collided don't do so again."""

    @wraps(command)
    def attempt(*args: P.args, **kwargs: P.kwargs) -> R:
        for number in range(COMMAND_ATTEMPTS):
            try:
                return command(*args, **kwargs)
            except RecordConflictError:
                time.sleep(secrets.randbelow(10 * (number + 1)) / 1000)
        raise Conflict

    return attempt
