"""Poison events: kept aside with everything behind them of the same key, in order, until retried.

The rest of the log goes on. What is parked lies in the consumer's own database, whichever feed it
came from; a dead-letter topic only announces it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import psycopg
import structlog

from kernel.errors import DomainError
from runtime.feed.consumer import Consumer
from runtime.feed.feed import Batch, Event
from runtime.feed.message import Codec, Malformed, Message, RawMessage
from runtime.feed.parked_events import Key, Parked, forget_parked, lock_parked
from runtime.feed.positions import Positions
from runtime.postgres.database import OUTAGES, Cursor, Jsonb, PersistenceError

E = TypeVar("E", bound=Event)
log = structlog.get_logger()

MOST_POISONED = 10
NOT_THE_EVENT = (
    *OUTAGES,
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedColumn,
    psycopg.errors.InsufficientPrivilege,
)

PARK = """
INSERT INTO parked_events
    (consumer, service, sequence, partition, "offset", type, key, value, headers, error)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
"""


class TooManyPoisoned(Exception):
    """So many events fail that the fault lies elsewhere: nothing is parked."""


def is_transient(error: BaseException | None) -> bool:
    """Worth waiting for: the event is not to blame."""
    if isinstance(error, DomainError):
        return error.kind in ("upstream", "timeout")
    if isinstance(error, PersistenceError):
        return isinstance(error, OUTAGES) or is_transient(error.__cause__)
    return isinstance(error, (*NOT_THE_EVENT, OSError, TooManyPoisoned))


class Parking(Generic[E]):
    """Applies batches around what is parked."""

    def __init__(self, codec: Codec[E]) -> None:
        self._codec = codec

    def handle(
        self, cursor: Cursor, consumer: Consumer[E], batch: Batch[E], *, isolate: bool
    ) -> int:
        """Applies what can be applied and returns how many events were parked. With `isolate` each
        event is applied by itself, and one that fails is parked; else a failure is raised."""
        blocked = self._blocked(cursor, consumer.name)
        if not (blocked or isolate or any(type(event) is Malformed for event in batch.events)):
            if batch.events:
                consumer.handle(cursor, batch.events)
            return 0
        free: list[E] = []
        parked = poisoned = 0
        for index, event in enumerate(batch.events):
            key = (event.service, event.key)
            error = self._obstacle(cursor, consumer, event, key in blocked, isolate=isolate)
            if error is None:
                if not isolate:
                    free.append(event)
                continue
            blocked.add(key)
            poisoned += bool(error)
            if poisoned > MOST_POISONED and isolate:
                raise TooManyPoisoned(error)
            origin = batch.origins[index] if batch.origins else (0, 0)
            self._park(cursor, consumer.name, event, origin, error)
            parked += 1
        if free:
            consumer.handle(cursor, free)
        return parked

    def _obstacle(
        self, cursor: Cursor, consumer: Consumer[E], event: E, blocked: bool, *, isolate: bool
    ) -> str | None:
        """None when nothing stands against the event (with `isolate`: it is applied)."""
        if blocked:
            return ""
        if isinstance(event, Malformed):
            return event.error
        return attempt(cursor, consumer.handle, [event]) if isolate else None

    def _blocked(self, cursor: Cursor, consumer: str) -> set[Key]:
        cursor.execute(
            "SELECT DISTINCT service, key FROM parked_events WHERE consumer = %s", (consumer,)
        )
        return {(row["service"], row["key"]) for row in cursor.fetchall()}

    def _park(
        self, cursor: Cursor, consumer: str, event: E, origin: tuple[int, int], error: str
    ) -> None:
        message: Message
        if isinstance(event, Malformed):
            message = RawMessage(event.key.encode(), event.value, event.headers)
        else:
            message = self._codec.encode(event)
        park(cursor, consumer, event, message, error, origin)


def park(
    cursor: Cursor,
    consumer: str,
    event: Event,
    message: Message,
    error: str,
    origin: tuple[int, int] = (0, 0),
) -> None:
    """`origin` is where a broker keeps it: partition and offset."""
    listed = [[name, _storable(content)] for name, content in message.headers]
    told = _storable(error.encode("utf-8", "replace"))
    row = (event.sequence, *origin, event.type, event.key, message.value, Jsonb(listed), told)
    cursor.execute(PARK, (consumer, event.service, *row))
    log.error("event_parked", consumer=consumer, position=f"{event.service}:{event.sequence}",
              key=event.key, error=error)  # fmt: skip


def _storable(text: bytes) -> str:
    """What made an event poisonous may stand in its headers and in its error, too."""
    return text.decode("utf-8", "replace").replace("\0", "\ufffd")


def attempt(
    cursor: Cursor, handle: Callable[[Cursor, Sequence[E]], None], events: Sequence[E]
) -> str | None:
    """Applies events in a savepoint; the error in a line, or None. Raises what is transient."""
    try:
        with cursor.connection.transaction():
            handle(cursor, events)
    except Exception as error:
        if is_transient(error):
            raise
        return f"{type(error).__name__}: {error}"[:2_000]
    return None


@dataclass(frozen=True, slots=True)
class Retried:
    """`failed` names, by service and key, the event that still can't be applied."""

    applied: int
    waiting: int
    failed: Mapping[Key, str]


def retry_parked(positions: Positions, consumer: Consumer[E], codec: Codec[E]) -> Retried:
    """Applies parked events in order, each key up to its first failure, in one transaction."""
    with positions.database.transaction(commit=True) as cursor:
        parked = lock_parked(cursor, consumer.name)
        failed: dict[Key, str] = {}
        applied = 0
        for event in parked:
            if event.log_key in failed:
                continue
            error = _retry(cursor, consumer, codec, event)
            if error is None:
                applied += 1
                forget_parked(cursor, event)
            else:
                failed[event.log_key] = f"{event.service}:{event.sequence}: {error}"
    return Retried(applied, len(parked) - applied, failed)


def discard_parked(positions: Positions, consumer: str, service: str, sequence: int) -> bool:
    """Gives one event up for good, so that a retry can apply what waits behind it; False when it is
    not parked. For what can never be applied, such as a message that is no event."""
    with positions.database.transaction(commit=True) as cursor:
        found = [
            event
            for event in lock_parked(cursor, consumer)
            if (event.service, event.sequence) == (service, sequence)
        ]
        for event in found:
            log.warning(
                "parked_event_discarded", consumer=consumer, position=f"{service}:{sequence}"
            )
            forget_parked(cursor, event)
    return bool(found)


def _retry(cursor: Cursor, consumer: Consumer[E], codec: Codec[E], parked: Parked) -> str | None:
    message = parked.message
    try:
        event = codec.decode(message.key, message.value, message.headers)
    except ValueError as error:
        return str(error)
    return attempt(cursor, consumer.handle, [event])
