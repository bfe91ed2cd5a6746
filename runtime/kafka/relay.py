"""Publishes one service's log to its topic, in log order."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Generic, Protocol, TypeVar

import structlog
from prometheus_client import Counter, Gauge, Histogram

from runtime.eventstore.store import EventStore
from runtime.feed.feed import Batch, Event, EventStoreFeed, Log, Position, Publisher
from runtime.feed.message import Codec, Message
from runtime.feed.positions import Positions
from runtime.feed.wakeup import Wakeup
from runtime.process.leadership import Leadership

E = TypeVar("E", bound=Event)
log = structlog.get_logger()

CHECKPOINT = "relay"
BATCH_SIZE = 5_000
IDLE_SECONDS = 0.5
STANDBY_SECONDS = 1.0
LONGEST_PAUSE = 5.0
# Watermarks cost a record a partition, so under load they come at most this often.
WATERMARK_SECONDS = 0.05
OBSERVE_SECONDS = 2.0

PUBLISHED = Counter("relay_events_total", "Events published.", ["service"])
BATCHES = Histogram(
    "relay_batch_events",
    "Events in one transaction.",
    ["service"],
    buckets=(1, 10, 100, 500, 1_000, 2_500, 5_000),
)
LAG = Gauge("relay_lag_events", "Events in the log, not yet published.", ["service"])
LAG_SECONDS = Gauge("relay_lag_seconds", "Age of the batch being published.", ["service"])
LEADER = Gauge("relay_leader", "1 while this process publishes.", ["service"])


class Writer(Protocol):
    """A topic that takes a batch whole or not at all, from one writer at a time."""

    def open(self) -> None: ...
    def write(self, messages: Sequence[Message], watermark: Message | None) -> None: ...
    def close(self) -> None: ...


class CheckpointMoved(Exception):
    """Another relay published meanwhile, or somebody wants events published again: look again who
    leads, and from where."""


def republish(store: EventStore, positions: Positions, first: int) -> int:
    """Whoever leads publishes again from the event `first` on, within seconds. Returns how many
    events those are. Consumers that have them skip them by their sequence."""
    before = [event for event in store.read(max(0, first - 2), 1) if event.sequence < first]
    at = Position(first - 1, recorded_at=before[0].recorded_at if before else None)
    positions.shape(CHECKPOINT, {store.service: 1})
    with positions.database.transaction(commit=True) as cursor:
        positions.lock(cursor, CHECKPOINT)
        positions.put(cursor, CHECKPOINT, {store.service: at})
    return max(0, store.head() - at.sequence)


class Relay(Generic[E]):
    """Runs in one thread until stopped. Any number may run: one publishes, holding an advisory
    lock, and the others take over when it is gone. The checkpoint lies in the service's own schema
    and moves after the topic has acknowledged, so a crash in between publishes a batch again."""

    def __init__(
        self,
        publisher: Publisher[E],
        positions: Positions,
        writer: Writer,
        codec: Codec[E],
        wakeup: Wakeup,
        *,
        batch_size: int = BATCH_SIZE,
    ) -> None:
        self.service = publisher.store.service
        self.failure = ""
        self._store = publisher.store
        self._positions = positions
        self._writer = writer
        self._codec = codec
        self._feed = EventStoreFeed({self.service: publisher}, wakeup)
        self._batch_size = batch_size
        self._leadership = Leadership(publisher.store.database.url, f"relay:{self.service}")
        self._reached = 0
        self._watermarked = 0
        self._watermarked_at = float("-inf")
        self._observed_at = float("-inf")
        self._oldest: datetime | None = None
        LAG_SECONDS.labels(self.service).set_function(self._age)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"relay-{self.service}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()

    def join(self, timeout: float) -> None:
        self._thread.join(timeout)

    def lag(self) -> int:
        """Events in the log that are not yet published, whoever publishes."""
        return max(0, self._store.head() - self._checkpoint().sequence)

    def _checkpoint(self) -> Position:
        return self._positions.of(CHECKPOINT, Log(self.service))

    def _run(self) -> None:
        pause = 0.1
        while not self._stopped.is_set():
            try:
                if self._leadership.hold():
                    self._lead()
                    pause = 0.1
                self._stopped.wait(STANDBY_SECONDS)
            except Exception as error:
                self.failure, before = f"{type(error).__name__}: {error}", self.failure
                if not before:
                    log.warning("relay_failed", service=self.service, error=self.failure)
                self._observed_at = float("-inf")
                self._stopped.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            finally:
                LEADER.labels(self.service).set(0)
        self._leadership.release()
        self._writer.close()

    def _lead(self) -> None:
        """Opening the writer shuts out a predecessor, so only then the checkpoint is final."""
        self._positions.shape(CHECKPOINT, {self.service: 1})
        self._writer.open()
        checkpoint = self._checkpoint()
        self._reached, self._watermarked = checkpoint.sequence, 0
        log.info("relay_leads", service=self.service, checkpoint=self._reached)
        LEADER.labels(self.service).set(1)
        subscription = self._feed.subscribe(
            CHECKPOINT, [self.service], lambda _: checkpoint, self._batch_size
        )
        while not self._stopped.is_set() and self._leadership.hold():
            self._go_on(subscription.next_batch(self._patience()))

    def _go_on(self, batch: Batch[E] | None) -> None:
        if batch is not None:
            self._publish(batch)
        elif self._reached > self._watermarked:
            self._write([])
        else:
            self._oldest = None
        self._observe()
        self.failure = ""

    def _patience(self) -> float:
        """Not longer than until the next watermark is due."""
        if self._reached == self._watermarked:
            return IDLE_SECONDS
        return max(0.0, self._watermarked_at + WATERMARK_SECONDS - time.monotonic())

    def _publish(self, batch: Batch[E]) -> None:
        self._oldest = batch.events[0].recorded_at
        self._reached = batch.steps[0].after.sequence
        self._write([self._codec.encode(event) for event in batch.events])
        with self._positions.database.transaction(commit=True) as cursor:
            if not self._positions.advance(cursor, CHECKPOINT, batch.steps):
                raise CheckpointMoved(self.service)
        PUBLISHED.labels(self.service).inc(len(batch.events))
        BATCHES.labels(self.service).observe(len(batch.events))

    def _write(self, messages: Sequence[Message]) -> None:
        due = time.monotonic() >= self._watermarked_at + WATERMARK_SECONDS
        mark = self._codec.watermark(self.service, self._reached) if due else None
        self._writer.write(messages, mark)
        if due:
            self._watermarked, self._watermarked_at = self._reached, time.monotonic()

    def _observe(self) -> None:
        if time.monotonic() >= self._observed_at + OBSERVE_SECONDS:
            self._observed_at = time.monotonic()
            checkpoint = self._checkpoint().sequence
            LAG.labels(self.service).set(max(0, self._store.head() - checkpoint))
            if checkpoint != self._reached:
                raise CheckpointMoved(self.service)

    def _age(self) -> float:
        return (datetime.now(UTC) - self._oldest).total_seconds() if self._oldest else 0.0
