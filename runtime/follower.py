"""The one loop behind projections and policies: a feed in, a position in PostgreSQL."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog

from kernel.errors import DomainError
from runtime.database import Cursor, Database
from runtime.feed import Batch, Event, Feed, Log, Position, Subscription

E = TypeVar("E", bound=Event)
log = structlog.get_logger()

BATCH_SIZE = 2_000
IDLE_SECONDS = 1.0

POSITIONS = """
CREATE TABLE IF NOT EXISTS positions (
    consumer   text NOT NULL,
    service    text NOT NULL,
    partition  int NOT NULL,
    sequence   bigint NOT NULL,
    "offset"   bigint NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (consumer, service, partition)
)
"""


class ProjectionBehind(DomainError):
    """The read model has not applied the event that the caller asked to see in time."""

    code = "projection_behind"
    kind = "timeout"
    message = "The read model has not caught up with that position yet. Try again."


class Positions:
    """How far each consumer has come, kept in the same database as what it writes."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def migrate(self) -> None:
        self.database.ensure_schema()
        self.database.apply(POSITIONS)

    def of(self, consumer: str, log: Log) -> Position:
        rows = self.database.rows(
            'SELECT sequence, "offset" FROM positions '
            "WHERE consumer = %s AND service = %s AND partition = %s",
            (consumer, log.service, log.partition),
        )
        return Position(rows[0]["sequence"], rows[0]["offset"]) if rows else Position()

    def all_of(self, consumer: str) -> Mapping[Log, Position]:
        rows = self.database.rows(
            'SELECT service, partition, sequence, "offset" FROM positions WHERE consumer = %s',
            (consumer,),
        )
        return {
            Log(row["service"], row["partition"]): Position(row["sequence"], row["offset"])
            for row in rows
        }

    def advance(
        self, cursor: Cursor, consumer: str, log: Log, before: Position, after: Position
    ) -> bool:
        """Compare-and-set: False when somebody else moved the position, and nothing may be kept."""
        cursor.execute(
            'INSERT INTO positions (consumer, service, partition, sequence, "offset") '
            "VALUES (%s, %s, %s, 0, 0) ON CONFLICT DO NOTHING",
            (consumer, log.service, log.partition),
        )
        cursor.execute(
            'UPDATE positions SET sequence = %s, "offset" = %s, updated_at = clock_timestamp() '
            "WHERE consumer = %s AND service = %s AND partition = %s "
            'AND sequence = %s AND "offset" = %s',
            (
                after.sequence,
                after.offset,
                consumer,
                log.service,
                log.partition,
                before.sequence,
                before.offset,
            ),
        )
        return cursor.rowcount == 1

    def wait_for(self, consumer: str, service: str, sequence: int, timeout: float) -> None:
        """Returns once `consumer` has applied that event; raises ProjectionBehind."""
        deadline = time.monotonic() + timeout
        pause = 0.001
        while self.of(consumer, Log(service)).sequence < sequence:
            if time.monotonic() >= deadline:
                raise ProjectionBehind(consumer=consumer, after=f"{service}:{sequence}")
            time.sleep(pause)
            pause = min(pause * 1.5, 0.02)


@dataclass(frozen=True, slots=True)
class Consumer(Generic[E]):
    """`handle(cursor, events)` writes through the cursor only what belongs to the position's
    database; it commits with the position or not at all. It may see an event again when it also
    has effects elsewhere (policies), so those must be idempotent."""

    name: str
    services: Sequence[str]
    handle: Callable[[Cursor, Sequence[E]], None]


class Follower(Generic[E]):
    """Runs one consumer in one thread until stopped. Errors are logged, waited out and retried:
    an event is never skipped."""

    def __init__(
        self,
        consumer: Consumer[E],
        feed: Feed[E],
        positions: Positions,
        *,
        batch_size: int = BATCH_SIZE,
    ) -> None:
        self.consumer = consumer
        self.feed = feed
        self.positions = positions
        self.batch_size = batch_size
        self.failure = ""
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=consumer.name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()

    def join(self, timeout: float) -> None:
        self._thread.join(timeout)

    def lag(self) -> int:
        """Events that are in the logs and not yet applied."""
        stored = self.positions.all_of(self.consumer.name)
        heads = self.feed.heads(self.consumer.services)
        return sum(
            max(0, head.sequence - stored.get(log_, Position()).sequence)
            for log_, head in heads.items()
        )

    def _run(self) -> None:
        pause = 0.05
        while not self._stopped.is_set():
            try:
                self._follow()
            except Exception as error:
                self.failure = f"{type(error).__name__}: {error}"
                log.exception("follower_failed", consumer=self.consumer.name)
                self._stopped.wait(pause)
                pause = min(pause * 2, 5.0)

    def _follow(self) -> None:
        subscription = self.feed.subscribe(
            self.consumer.name,
            self.consumer.services,
            lambda log_: self.positions.of(self.consumer.name, log_),
            self.batch_size,
        )
        try:
            while not self._stopped.is_set():
                batch = subscription.next_batch(IDLE_SECONDS)
                if batch is not None:
                    self.apply(subscription, batch)
                    self.failure = ""
        finally:
            subscription.close()

    def apply(self, subscription: Subscription[E], batch: Batch[E]) -> None:
        """Read-model rows and position in one transaction, or neither."""
        name = self.consumer.name
        with self.positions.database.transaction(commit=True) as cursor:
            ours = self.positions.advance(cursor, name, batch.log, batch.before, batch.after)
            if ours:
                self.consumer.handle(cursor, batch.events)
        if not ours:
            subscription.rewind(batch.log, self.positions.of(name, batch.log))
