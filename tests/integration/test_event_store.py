"""The event store and the follower on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import singledispatchmethod
from typing import ClassVar

import pytest
from eventsourcing.persistence import RecordConflictError

from kernel.aggregate import Aggregate, CreatedEvent, DomainEvent
from kernel.cause import Cause
from runtime.eventstore.store import EventStore, RecordedEvent
from runtime.feed.consumer import Consumer
from runtime.feed.feed import EventStoreFeed, Log, Position, Publisher, Step, Wakeup
from runtime.feed.follower import Follower
from runtime.feed.positions import Positions, ProjectionBehind
from runtime.postgres.database import Cursor, Database, PersistenceError

NOW = datetime(2026, 11, 22, tzinfo=UTC)
CAUSE = Cause("user:ann", "req_1", "request:req_1")


@dataclass(frozen=True, kw_only=True)
class CounterOpened(CreatedEvent):
    TOPIC: ClassVar[str] = "test.CounterOpened"


@dataclass(frozen=True, kw_only=True)
class Counted(DomainEvent):
    TOPIC: ClassVar[str] = "test.Counted"
    by: int


class Counter(Aggregate):
    TOPIC: ClassVar[str] = "test.Counter"
    total: int

    @classmethod
    def open(cls, name: str) -> Counter:
        return cls._create(CounterOpened, id=f"counter:{name}", timestamp=NOW)

    def count(self, by: int) -> None:
        self.trigger_event(Counted, timestamp=NOW, by=by)

    @singledispatchmethod
    def apply(self, event: DomainEvent) -> None:
        super().apply(event)

    @apply.register
    def _(self, _: CounterOpened) -> None:
        self.total = 0

    @apply.register
    def _(self, event: Counted) -> None:
        self.total += event.by


@dataclass(frozen=True)
class Note:
    service: str
    sequence: int
    type: str
    key: str
    recorded_at: datetime
    traceparent: str = ""


def publish(_: EventStore, event: RecordedEvent) -> Note:
    return Note("test", event.sequence, event.topic, event.stream, event.recorded_at)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with Database(database_url, "test") as opened:
        yield opened


@pytest.fixture
def store(database: Database) -> EventStore:
    store = EventStore("test", database)
    store.migrate()
    return store


class TestSaveAndFind:
    def test_an_aggregate_comes_back_as_it_was_saved(self, store: EventStore) -> None:
        counter = Counter.open("a")
        counter.count(3)
        position = store.save(counter, cause=CAUSE)
        found = store.find(Counter, "counter:a")
        assert found is not None
        assert (found.total, found.version, position) == (3, 2, 2)

    def test_every_event_carries_its_cause_and_time_of_recording(self, store: EventStore) -> None:
        store.save(Counter.open("a"), cause=CAUSE)
        [recorded] = store.read(0, 10)
        assert store.decode(recorded).cause == CAUSE
        assert recorded.recorded_at.tzinfo is not None
        assert recorded.topic == "test.CounterOpened"

    def test_a_stale_aggregate_is_refused(self, store: EventStore) -> None:
        store.save(Counter.open("a"), cause=CAUSE)
        one, other = store.find(Counter, "counter:a"), store.find(Counter, "counter:a")
        assert one is not None
        assert other is not None
        one.count(1)
        store.save(one, cause=CAUSE)
        other.count(2)
        with pytest.raises(RecordConflictError):
            store.save(other, cause=Cause("user:bob", "req_2"))

    def test_repeating_a_save_whose_answer_was_lost_is_recognised(self, store: EventStore) -> None:
        first, again = Counter.open("a"), Counter.open("a")
        assert store.save(first, cause=CAUSE) == store.save(again, cause=CAUSE) == 1

    def test_what_is_written_within_commits_with_the_events_or_not_at_all(
        self, store: EventStore, database: Database
    ) -> None:
        database.apply("CREATE TABLE notes (text text PRIMARY KEY)")

        def note(cursor: Cursor) -> None:
            cursor.execute("INSERT INTO notes VALUES ('once')")

        store.save(Counter.open("a"), cause=CAUSE, within=note)
        with pytest.raises((PersistenceError, RecordConflictError)):
            store.save(Counter.open("b"), cause=CAUSE, within=note)
        assert store.find(Counter, "counter:b") is None

    def test_the_log_has_no_hole_that_fills_later_under_concurrent_writers(
        self, store: EventStore
    ) -> None:
        seen: list[int] = []

        def write(number: int) -> None:
            store.save(Counter.open(str(number)), cause=CAUSE)

        with ThreadPoolExecutor(6) as pool:
            writes = [pool.submit(write, number) for number in range(60)]
            while len(seen) < 60:
                seen += [e.sequence for e in store.read(seen[-1] if seen else 0, 7)]
            for done in writes:
                done.result()
        assert seen == [event.sequence for event in store.read(0, 100)]


class TestFollow:
    def test_two_followers_of_one_consumer_apply_each_event_once(
        self, store: EventStore, database: Database, database_url: str
    ) -> None:
        positions = Positions(database)
        positions.migrate()
        database.apply("CREATE TABLE seen (sequence bigint)")

        def handle(cursor: Cursor, events: Sequence[Note]) -> None:
            for event in events:
                cursor.execute("INSERT INTO seen VALUES (%s)", (event.sequence,))

        wakeup = Wakeup({database_url: [store.channel]})
        wakeup.start()
        feed = EventStoreFeed({"test": Publisher(store, publish)}, wakeup)
        consumer = Consumer("seen", ["test"], handle)
        followers = [Follower(consumer, feed, positions, batch_size=3) for _ in range(2)]
        for follower in followers:
            follower.start()
        for number in range(40):
            store.save(Counter.open(str(number)), cause=CAUSE)
        positions.wait_for("seen", "test", store.head(), timeout=20)
        for follower in followers:
            follower.stop()
            follower.join(5)
        wakeup.stop()
        rows = database.rows("SELECT sequence FROM seen ORDER BY sequence")
        assert [row["sequence"] for row in rows] == list(range(1, 41))
        assert followers[0].lag() == 0

    def test_a_zombie_that_lost_its_place_changes_nothing(
        self, store: EventStore, database: Database
    ) -> None:
        positions = Positions(database)
        positions.migrate()
        log = Log("test")
        positions.shape("seen", {"test": 1})
        with database.transaction(commit=True) as cursor:
            assert positions.advance(cursor, "seen", [Step(log, Position(), Position(5))])
            assert not positions.advance(cursor, "seen", [Step(log, Position(), Position(3))])
        assert positions.of("seen", log) == Position(5)

    def test_waiting_for_a_position_that_never_comes_is_bounded(self, database: Database) -> None:
        positions = Positions(database)
        positions.migrate()
        with pytest.raises(ProjectionBehind):
            positions.wait_for("seen", "test", 1, timeout=0.05)
