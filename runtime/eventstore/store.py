"""The event store of one service: streams are loaded, and changes of them appended to its log."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import wraps
from itertools import starmap
from pathlib import Path
from typing import ParamSpec, TypeVar, cast

from eventsourcing.persistence import EventStore as LibraryEventStore
from eventsourcing.persistence import JSONTranscoder, RecordConflictError, StoredEvent

from kernel.cause import Cause
from kernel.decider import Decider
from kernel.errors import Conflict
from kernel.events import DomainEvent
from runtime.eventstore.command import note_position
from runtime.eventstore.loaded_streams import Loaded, LoadedStreams
from runtime.eventstore.mapper import JsonMapper
from runtime.eventstore.recorder import RecordedEvent, Recorder, Within
from runtime.eventstore.stream import Change, Stream
from runtime.postgres.database import Database, IntegrityError
from runtime.postgres.migrations import Migrations, Schema

S = TypeVar("S")
P = ParamSpec("P")
R = TypeVar("R")

COMMAND_ATTEMPTS = 5


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
        self._loaded = LoadedStreams()

    @property
    def channel(self) -> str:
        """What a commit notifies."""
        return self.recorder.channel_name

    @property
    def tables(self) -> Migrations:
        names = {
            "schema": self.database.schema,
            "table": self.table,
            "ids": self.database.originator_id_type,
        }
        return Migrations("events", Path(__file__).parent / "migrations" / "events", names)

    def migrate(self) -> None:
        Schema(self.database, self.tables).migrate()

    def load(self, decider: Decider[S], stream: str, version: int | None = None) -> Stream[S]:
        """The stream as of now, or after its first `version` events."""
        known = self._loaded.find(stream) if version is None else None
        if known is not None and known.stream.decider is decider:
            events = self._from(stream, known.stream.version)
            if events and events[0] == known.last:
                return self._kept(known.stream.with_recorded(events[1:]), events[-1])
        events = self._from(stream, 1, version)
        loaded = Stream(decider, stream).with_recorded(events)
        return self._kept(loaded, events[-1]) if events and version is None else loaded

    def _from(self, stream: str, first: int, last: int | None = None) -> list[DomainEvent]:
        found = self._events.get(stream, gt=first - 1, lte=last)
        return [cast(DomainEvent, event) for event in found]

    def _kept(self, stream: Stream[S], last: DomainEvent) -> Stream[S]:
        self._loaded.keep(Loaded(stream, last))
        return stream

    def append(self, *changes: Change, cause: Cause, within: Within | None = None) -> int:
        """Records the events of all changes and what `within(cursor)` writes in one transaction.

        Returns the position after them (the head of the log when there was nothing to record).
        Raises RecordConflictError when another command was faster: load and decide again
        (`@retry_conflicts`). `within` may run more than once, each time in a new transaction.
        """
        stored = [
            self.mapper.to_stored_event(replace(event, cause=cause))
            for change in changes
            for event in change.stream.place(change.events)
        ]
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

    def streams(self, prefix: str, after: str, limit: int) -> list[str]:
        """Up to `limit` names of streams that begin with `prefix`, sorted, behind `after`. Looks
        through the first events of all streams: for lists that are asked for seldom."""
        rows = self.database.rows(
            f"SELECT originator_id AS name FROM {self.table} WHERE originator_version = 1 "
            'AND starts_with(originator_id, %s) AND originator_id COLLATE "C" > %s '
            'ORDER BY originator_id COLLATE "C" LIMIT %s',
            (prefix, after, limit),
        )
        return [row["name"] for row in rows]

    def decode(self, event: RecordedEvent) -> DomainEvent:
        stored = StoredEvent(event.stream, event.version, event.topic, event.state)
        return cast(DomainEvent, self.mapper.to_domain_event(stored))

    def read(self, after: int, limit: int) -> list[RecordedEvent]:
        """Up to `limit` events of the log with a sequence above `after`, in order."""
        return self._rows("notification_id > %s ORDER BY notification_id LIMIT %s", (after, limit))

    def read_of(
        self, topics: Sequence[str], after: int, limit: int
    ) -> tuple[list[RecordedEvent], tuple[int, datetime] | None]:
        """Like `read`, of these topics alone; and the last event that was looked at, with the time
        of its recording: none of them lies between. None where there is nothing behind `after`."""
        last = self.database.tuples(
            f"SELECT notification_id, recorded_at FROM {self.table} "
            "WHERE notification_id > %s ORDER BY notification_id DESC LIMIT 1",
            (after,),
        )
        if not last:
            return [], None
        found = self._rows(
            "notification_id > %s AND notification_id <= %s AND topic = ANY(%s) "
            "ORDER BY notification_id LIMIT %s",
            (after, last[0][0], list(topics), limit),
        )
        if len(found) == limit:
            return found, (found[-1].sequence, found[-1].recorded_at)
        return found, (last[0][0], last[0][1])

    def at(self, sequences: Sequence[int]) -> list[RecordedEvent]:
        """The events that have these sequences, in order."""
        return self._rows("notification_id = ANY(%s) ORDER BY notification_id", (list(sequences),))

    def of_stream(self, stream: str) -> list[RecordedEvent]:
        """All events of one stream as they are stored, oldest first."""
        return self._rows("originator_id = %s ORDER BY originator_version", (stream,))

    def _rows(self, condition: str, parameters: Sequence[object]) -> list[RecordedEvent]:
        query = (
            "SELECT notification_id, originator_id::text, originator_version, topic, state, "
            f"recorded_at FROM {self.table} WHERE {condition}"
        )
        return list(starmap(RecordedEvent, self.database.tuples(query, parameters)))

    def recorded_at(self, sequence: int) -> datetime | None:
        """When the event at that sequence was recorded; None where none is."""
        query = f"SELECT recorded_at FROM {self.table} WHERE notification_id = %s"
        rows = self.database.tuples(query, (sequence,))
        return rows[0][0] if rows else None

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
