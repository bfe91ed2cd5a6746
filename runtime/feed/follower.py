"""The one loop behind projections and policies: a feed in, a position in PostgreSQL."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Generic, TypeVar

import structlog
from prometheus_client import Counter, Gauge, Histogram

from runtime.feed.consumer import Consumer
from runtime.feed.feed import Batch, Event, Feed, Position, Subscription
from runtime.feed.history import LogForked
from runtime.feed.message import Codec
from runtime.feed.parked_events import Parked, announce, parked_count
from runtime.feed.poison_events import Parking, is_transient
from runtime.feed.positions import Positions
from runtime.postgres.database import Cursor

__all__ = ["Consumer", "Follower", "Positions"]

E = TypeVar("E", bound=Event)
DeadLetters = Callable[[Sequence[Parked]], None]
log = structlog.get_logger()

BATCH_SIZE = 5_000
IDLE_SECONDS = 1.0
OBSERVE_SECONDS = 5.0
LONGEST_PAUSE = 5.0
# Attempts at a whole batch before its events are tried one by one and the failing ones parked.
ATTEMPTS = 5

APPLIED = Counter("consumer_events_total", "Events applied.", ["consumer"])
BATCHES = Histogram(
    "consumer_batch_events",
    "Events in one transaction.",
    ["consumer"],
    buckets=(1, 10, 100, 500, 1_000, 2_000, 5_000, 10_000),
)
PARKED = Gauge("consumer_parked_events", "Events set aside until they are retried.", ["consumer"])
LAG = Gauge("consumer_lag_events", "Events in the logs, not yet applied.", ["consumer"])
LAG_SECONDS = Gauge(
    "consumer_lag_seconds", "Age of the last applied event while more are waiting.", ["consumer"]
)
FORKED = Gauge(
    "consumer_log_forked", "1 while the log is not the one that was followed.", ["consumer"]
)


class _Fenced(Exception):
    """Somebody else moved the position: this transaction must not stay."""


class Follower(Generic[E]):
    """Runs one consumer in one thread until stopped. Errors are logged, waited out and retried;
    with a `codec` an event that keeps failing is parked with what follows of its key, so that the
    rest goes on (and `dead_letters` hears of it). An event is never skipped."""

    def __init__(
        self,
        consumer: Consumer[E],
        feed: Feed[E],
        positions: Positions,
        *,
        batch_size: int = BATCH_SIZE,
        codec: Codec[E] | None = None,
        dead_letters: DeadLetters | None = None,
    ) -> None:
        self.consumer = consumer
        self.feed = feed
        self.positions = positions
        self.batch_size = batch_size
        self.failure = ""
        self.parked = 0
        self._parking = Parking(codec) if codec else None
        self._dead_letters = dead_letters
        self._last_applied: datetime | None = None
        self._observed = float("-inf")
        FORKED.labels(consumer.name).set(0)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=consumer.name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()

    def join(self, timeout: float) -> None:
        self._thread.join(timeout)

    def lag(self) -> int:
        """What the logs hold and is not applied; a broker's own records count too."""
        stored = self.positions.all_of(self.consumer.name)
        heads = self.feed.heads(self.consumer.services)
        return sum(_behind(head, stored.get(log_, Position())) for log_, head in heads.items())

    def _run(self) -> None:
        pause = 0.05
        while not self._stopped.is_set():
            try:
                self._follow()
            except Exception as error:
                self._failed(error)
                self._stopped.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    def _failed(self, error: Exception) -> None:
        """The whole trace once; repetitions in a line."""
        failure = f"{type(error).__name__}: {error}"
        self.failure, before = failure, self.failure
        FORKED.labels(self.consumer.name).set(isinstance(error, LogForked))
        if isinstance(error, LogForked):
            if failure != before:
                log.error("log_forked", consumer=self.consumer.name, error=str(error))
        elif is_transient(error):
            if not before:
                log.warning("follower_waits", consumer=self.consumer.name, error=failure.strip())
        elif failure == before:
            log.warning("follower_still_fails", consumer=self.consumer.name, error=failure)
        else:
            log.exception("follower_failed", consumer=self.consumer.name)

    def _follow(self) -> None:
        name, services = self.consumer.name, self.consumer.services
        self.positions.shape(name, {each: self.feed.partitions(each) for each in services})
        subscription = self.feed.subscribe(
            name,
            services,
            lambda log_: self.positions.of(name, log_),
            self.batch_size,
            only=self.consumer.only,
        )
        try:
            while not self._stopped.is_set():
                batch = subscription.next_batch(IDLE_SECONDS)
                if batch is not None:
                    self._insist(subscription, batch)
                if self.failure:
                    log.info("follower_goes_on", consumer=self.consumer.name)
                    self.failure = ""
                    FORKED.labels(self.consumer.name).set(0)
                self._observe()
        finally:
            subscription.close()

    def _insist(self, subscription: Subscription[E], batch: Batch[E]) -> None:
        """Until the batch is applied, by us or by somebody else: nothing overtakes it."""
        attempts, pause, isolate = 0, 0.05, False
        while not self._stopped.is_set():
            try:
                self.apply(subscription, batch, isolate=isolate)
            except Exception as error:
                self._failed(error)
                attempts += 1
                isolate = attempts >= ATTEMPTS and not is_transient(error)
                self._stopped.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                return

    def apply(
        self, subscription: Subscription[E], batch: Batch[E], *, isolate: bool = False
    ) -> None:
        """Read-model rows and position in one transaction, or neither."""
        name = self.consumer.name
        try:
            with self.positions.database.transaction(commit=True) as cursor:
                self._advance(cursor, batch)
                if self._parking is not None:
                    self._parking.handle(cursor, self.consumer, batch, isolate=isolate)
                elif batch.events:
                    self.consumer.handle(cursor, batch.events)
        except _Fenced:
            for step in batch.steps:
                subscription.rewind(step.log, self.positions.of(name, step.log))
        else:
            self._count(batch)

    def _advance(self, cursor: Cursor, batch: Batch[E]) -> None:
        if not self.positions.advance(cursor, self.consumer.name, batch.steps):
            raise _Fenced

    def _count(self, batch: Batch[E]) -> None:
        if batch.events:
            APPLIED.labels(self.consumer.name).inc(len(batch.events))
            BATCHES.labels(self.consumer.name).observe(len(batch.events))
            self._last_applied = batch.events[-1].recorded_at

    def _observe(self) -> None:
        """Gauges and dead letters, every few seconds because they cost queries. The reading goes
        on when that fails."""
        if time.monotonic() < self._observed + OBSERVE_SECONDS:
            return
        self._observed = time.monotonic()
        try:
            self._measure()
        except Exception as error:
            self._failed(error)

    def _measure(self) -> None:
        name, database = self.consumer.name, self.positions.database
        lag = self.lag()
        age = datetime.now(UTC) - (self._last_applied or datetime.now(UTC))
        LAG.labels(name).set(lag)
        LAG_SECONDS.labels(name).set(age.total_seconds() if lag else 0)
        self.parked = parked_count(database, name)
        PARKED.labels(name).set(self.parked)
        if self.parked and self._dead_letters is not None:
            announce(database, name, self._dead_letters)


def _behind(head: Position, stored: Position) -> int:
    if head.offset:
        return max(0, head.offset - stored.offset)
    return max(0, head.sequence - stored.sequence)
