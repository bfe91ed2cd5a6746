"""The event store and the follower on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

import pytest
from eventsourcing.persistence import RecordConflictError

from kernel.cause import Cause
from kernel.decider import Decider
from kernel.events import CreatedEvent, DomainEvent
from runtime.eventstore.command import begin_trace
from runtime.eventstore.recorder import RecordedEvent, Within
from runtime.eventstore.store import EventStore
from runtime.eventstore.stream import Change, Stream
from runtime.feed.consumer import Consumer
from runtime.feed.feed import EventStoreFeed, Log, Position, Publisher, Step, Wakeup
from runtime.feed.follower import Follower
from runtime.feed.positions import Positions
from runtime.postgres.database import Cursor, Database, PersistenceError
from tests.support.waiting import wait_until_applied

NOW = datetime(2026, 11, 22, tzinfo=UTC)
CAUSE = Cause("user:ann", "req_1", "request:req_1")


@dataclass(frozen=True, kw_only=True)
class CounterOpened(CreatedEvent):
    TOPIC: ClassVar[str] = "test.CounterOpened"


@dataclass(frozen=True, kw_only=True)
class Counted(DomainEvent):
    TOPIC: ClassVar[str] = "test.Counted"
    by: int


@dataclass(frozen=True)
class Count:
    total: int


def evolve(count: Count | None, event: DomainEvent) -> Count:
    total = count.total if count else 0
    return Count(total + event.by if isinstance(event, Counted) else total)


COUNTER = Decider("test.Counter", evolve)
OTHER = Decider("test.Other", evolve)
OPENED = CounterOpened(timestamp=NOW)
FOLDED: list[int] = []


def evolve_and_note(count: Count | None, event: DomainEvent) -> Count:
    """Notes what it was asked to fold."""
    FOLDED.extend([event.by] if isinstance(event, Counted) else [])
    return evolve(count, event)


NOTING_COUNTER = Decider("test.NotingCounter", evolve_and_note)


def counted(by: int) -> Counted:
    return Counted(timestamp=NOW, by=by)


def open_counter(store: EventStore, name: str, within: Within | None = None) -> int:
    change = Change(Stream(COUNTER, f"counter:{name}"), [OPENED])
    return store.append(change, cause=CAUSE, within=within)


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


class TestAppendAndLoad:
    def test_a_stream_without_events_has_version_0_and_no_state(self, store: EventStore) -> None:
        assert store.load(COUNTER, "counter:a") == Stream(COUNTER, "counter:a", 0, None)

    def test_events_come_back_as_state(self, store: EventStore) -> None:
        new = store.load(COUNTER, "counter:a")
        position = store.append(Change(new, [OPENED, counted(3)]), cause=CAUSE)
        loaded = store.load(COUNTER, "counter:a")
        assert (loaded.state, loaded.version, position) == (Count(3), 2, 2)
        assert new.after([OPENED, counted(3)]) == loaded

    def test_a_stream_is_loaded_as_of_any_of_its_events(self, store: EventStore) -> None:
        new = store.load(COUNTER, "counter:a")
        store.append(Change(new, [OPENED, counted(3), counted(4)]), cause=CAUSE)
        then = store.load(COUNTER, "counter:a", version=2)
        assert (then.state, then.version) == (Count(3), 2)

    def test_a_load_reads_what_was_appended_since_the_one_before(self, store: EventStore) -> None:
        store.append(Change(Stream(NOTING_COUNTER, "counter:a"), [OPENED]), cause=CAUSE)
        FOLDED.clear()
        for by in range(1, 5):
            stream = store.load(NOTING_COUNTER, "counter:a")
            store.append(Change(stream, [counted(by)]), cause=CAUSE)
        assert store.load(NOTING_COUNTER, "counter:a").state == Count(10)
        assert FOLDED == [1, 2, 3, 4]

    def test_a_stream_of_another_history_is_loaded_anew(self, store: EventStore) -> None:
        open_counter(store, "a")
        store.append(Change(store.load(COUNTER, "counter:a"), [counted(3)]), cause=CAUSE)
        assert store.load(COUNTER, "counter:a").state == Count(3)
        with store.database.transaction(commit=True) as cursor:
            cursor.execute(b"DELETE FROM test_events WHERE originator_version > 1")
        restored = store.load(COUNTER, "counter:a")
        assert (restored.state, restored.version) == (Count(0), 1)
        store.append(Change(restored, [counted(5), counted(6)]), cause=CAUSE)
        assert store.load(COUNTER, "counter:a").state == Count(11)

    def test_every_event_carries_its_place_its_cause_and_time_of_recording(
        self, store: EventStore
    ) -> None:
        open_counter(store, "a")
        store.append(Change(store.load(COUNTER, "counter:a"), [counted(1)]), cause=CAUSE)
        first, second = store.read(0, 10)
        assert store.decode(first) == CounterOpened(
            originator_id="counter:a",
            originator_version=1,
            originator_topic="test.Counter",
            timestamp=NOW,
            cause=CAUSE,
        )
        assert (second.stream, second.version) == ("counter:a", 2)
        assert (first.topic, second.topic) == ("test.CounterOpened", "test.Counted")
        assert first.recorded_at.tzinfo is not None

    def test_a_stream_of_another_decider_is_not_loaded(self, store: EventStore) -> None:
        open_counter(store, "a")
        with pytest.raises(TypeError, match=r"of test\.Counter, not of test\.Other"):
            store.load(OTHER, "counter:a")

    @pytest.mark.parametrize("events", [[counted(1)], [OPENED, OPENED]])
    def test_a_stream_begins_with_its_created_event_and_has_one(
        self, store: EventStore, events: list[DomainEvent]
    ) -> None:
        with pytest.raises(TypeError):
            store.append(Change(store.load(COUNTER, "counter:a"), events), cause=CAUSE)

    def test_a_stale_stream_is_refused(self, store: EventStore) -> None:
        open_counter(store, "a")
        one, other = store.load(COUNTER, "counter:a"), store.load(COUNTER, "counter:a")
        store.append(Change(one, [counted(1)]), cause=CAUSE)
        with pytest.raises(RecordConflictError):
            store.append(Change(other, [counted(2)]), cause=Cause("user:bob", "req_2"))

    def test_several_streams_are_recorded_together_or_not_at_all(self, store: EventStore) -> None:
        open_counter(store, "a")
        taken, free = (Stream(COUNTER, f"counter:{name}") for name in "ab")
        with pytest.raises(RecordConflictError):
            store.append(
                Change(free, [OPENED]), Change(taken, [OPENED]), cause=Cause("user:bob", "req_2")
            )
        assert store.load(COUNTER, "counter:b").state is None
        both = [store.load(COUNTER, f"counter:{name}") for name in "ab"]
        assert (
            store.append(Change(both[0], [counted(1)]), Change(both[1], [OPENED]), cause=CAUSE)
            == store.head()
        )

    def test_without_events_the_head_is_answered(self, store: EventStore) -> None:
        open_counter(store, "a")
        open_counter(store, "b")
        assert store.append(Change(store.load(COUNTER, "counter:a"), []), cause=CAUSE) == 2

    def test_the_position_is_noted_for_the_command(self, store: EventStore) -> None:
        def command() -> dict[str, int]:
            trace = begin_trace("req_1")
            open_counter(store, "a")
            return trace.positions

        assert copy_context().run(command) == {"test": 1}

    def test_repeating_an_append_whose_answer_was_lost_is_recognised(
        self, store: EventStore
    ) -> None:
        assert open_counter(store, "a") == open_counter(store, "a") == 1

    def test_what_is_written_within_commits_with_the_events_or_not_at_all(
        self, store: EventStore, database: Database
    ) -> None:
        database.execute("CREATE TABLE notes (text text PRIMARY KEY)")

        def note(cursor: Cursor) -> None:
            cursor.execute("INSERT INTO notes VALUES ('once')")

        open_counter(store, "a", note)
        with pytest.raises((PersistenceError, RecordConflictError)):
            open_counter(store, "b", note)
        assert store.load(COUNTER, "counter:b").state is None

    def test_the_log_has_no_hole_that_fills_later_under_concurrent_writers(
        self, store: EventStore
    ) -> None:
        seen: list[int] = []

        def write(number: int) -> None:
            open_counter(store, str(number))

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
        database.execute("CREATE TABLE seen (sequence bigint)")

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
            open_counter(store, str(number))
        wait_until_applied(positions, "seen", "test", store.head())
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
