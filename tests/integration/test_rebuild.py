"""Read models built again from the event stores, while the old ones go on answering."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from contracts.envelope import Envelope
from runtime.eventstore.store import EventStore
from runtime.feed.feed import EventStoreFeed, Log, Position, Publisher, Step, Wakeup
from runtime.feed.follower import Follower
from runtime.feed.positions import Positions
from runtime.postgres.database import Cursor, Database
from runtime.postgres.migrations import Schema
from runtime.readmodels.comparison import verify
from runtime.readmodels.definition import ReadModel
from runtime.readmodels.rebuild import rebuild
from runtime.readmodels.shadow import AlreadyReplaying, ReplayFailed, Shadow
from tests.support.ledger import book_amounts, ledger_model, publish
from tests.support.waiting import wait_until_applied

Publishers = dict[str, Publisher[Envelope]]


@pytest.fixture
def store(database_url: str) -> Iterator[EventStore]:
    with Database(database_url, "ledger") as opened:
        store = EventStore("ledger", opened)
        store.migrate()
        yield store


@pytest.fixture
def publishers(store: EventStore) -> Publishers:
    return {"ledger": Publisher(store, publish)}


@pytest.fixture
def positions(database_url: str) -> Iterator[Positions]:
    with Database(database_url, "projections") as opened:
        positions = Positions(opened)
        positions.migrate()
        yield positions


@pytest.fixture
def model(tmp_path: Path, positions: Positions) -> ReadModel:
    model = ledger_model(tmp_path)
    Schema(positions.database, model.tables).migrate()
    return model


@pytest.fixture
def follower(
    model: ReadModel, positions: Positions, publishers: Publishers, store: EventStore
) -> Iterator[Follower[Envelope]]:
    wakeup = Wakeup({store.database.url: [store.channel]})
    wakeup.start()
    follower = Follower(
        model.consumer(), EventStoreFeed(publishers, wakeup), positions, batch_size=7
    )
    follower.start()
    yield follower
    follower.stop()
    wakeup.stop()
    follower.join(10)


def write(store: EventStore, name: str, amounts: int = 3) -> None:
    book_amounts(store, name, 1, *range(1, amounts))


def totals(positions: Positions) -> dict[str, int]:
    rows = positions.database.rows("SELECT account, total FROM totals ORDER BY account")
    return {row["account"]: row["total"] for row in rows}


class TestRebuild:
    def test_damaged_rows_are_put_right_and_the_position_is_the_head(
        self, store: EventStore, model: ReadModel, positions: Positions, publishers: Publishers
    ) -> None:
        write(store, "a")
        write(store, "b")
        positions.database.execute("INSERT INTO totals VALUES ('a', 99), ('ghost', 1)")
        seen: list[tuple[int, int]] = []
        rebuilt = rebuild(model, positions, publishers, lambda *step: seen.append(step))
        assert totals(positions) == {"a": 4, "b": 4}
        assert (rebuilt.events, seen[-1]) == (6, (6, 6))
        assert positions.of("balances", Log("ledger")).sequence == store.head()

    def test_what_is_written_and_read_meanwhile_is_neither_lost_nor_applied_twice(
        self,
        store: EventStore,
        model: ReadModel,
        positions: Positions,
        publishers: Publishers,
        follower: Follower[Envelope],
    ) -> None:
        stopped = threading.Event()
        reads: list[int] = []

        def read() -> None:
            while not stopped.is_set():
                reads.append(len(totals(positions)))

        with ThreadPoolExecutor(2) as pool:
            reading = pool.submit(read)
            try:
                writing = [pool.submit(write, store, f"account-{n:03}") for n in range(120)]
                for _ in range(3):
                    rebuild(model, positions, publishers)
                for done in writing:
                    done.result()
            finally:
                stopped.set()
            reading.result()
        rebuild(model, positions, publishers)
        write(store, "last")
        wait_until_applied(positions, "balances", "ledger", store.head())
        assert totals(positions) == {f"account-{n:03}": 4 for n in range(120)} | {"last": 4}
        assert reads == sorted(reads)
        assert follower.failure == ""

    def test_every_partition_goes_on_behind_what_was_replayed(
        self, store: EventStore, model: ReadModel, positions: Positions, publishers: Publishers
    ) -> None:
        write(store, "a", 5)
        positions.shape("balances", {"ledger": 3})
        with positions.database.transaction(commit=True) as cursor:
            step = Step(Log("ledger", 1), Position(), Position(2, 40))
            assert positions.advance(cursor, "balances", [step])
        rebuild(model, positions, publishers)
        assert positions.all_of("balances") == {
            Log("ledger", 0): Position(5, 0),
            Log("ledger", 1): Position(5, 40),
            Log("ledger", 2): Position(5, 0),
        }

    def test_an_event_that_cannot_be_applied_leaves_everything_as_it_was(
        self,
        store: EventStore,
        model: ReadModel,
        positions: Positions,
        publishers: Publishers,
        tmp_path: Path,
    ) -> None:
        write(store, "a")
        rebuild(model, positions, publishers)
        write(store, "b")

        def refuse(cursor: Cursor, events: object) -> None:
            raise ValueError("no")

        broken = ReadModel(model.name, model.services, tmp_path, refuse)
        with pytest.raises(ReplayFailed, match="ledger:1 to ledger:6: ValueError: no"):
            rebuild(broken, positions, publishers)
        assert totals(positions) == {"a": 4}
        assert positions.of("balances", Log("ledger")).sequence == 3

    def test_a_second_rebuild_of_the_same_read_model_is_refused_meanwhile(
        self, model: ReadModel, positions: Positions, publishers: Publishers
    ) -> None:
        with Shadow(model, positions, publishers), pytest.raises(AlreadyReplaying):
            rebuild(model, positions, publishers)


class TestVerify:
    def test_equal_rows_are_no_drift(
        self, store: EventStore, model: ReadModel, positions: Positions, publishers: Publishers
    ) -> None:
        write(store, "a")
        rebuild(model, positions, publishers)
        write(store, "behind the position")
        verified = verify(model, positions, publishers)
        assert (verified.equal, verified.events, verified.rows) == (True, 3, 4)

    def test_changed_lost_and_invented_rows_are_reported(
        self, store: EventStore, model: ReadModel, positions: Positions, publishers: Publishers
    ) -> None:
        write(store, "a")
        write(store, "b")
        rebuild(model, positions, publishers)
        positions.database.execute(
            "UPDATE totals SET total = 5 WHERE account = 'a';"
            "INSERT INTO totals VALUES ('ghost', 1); DELETE FROM entries WHERE account = 'b'"
        )
        entries, found = verify(model, positions, publishers).drift
        assert (entries.table, entries.missing, entries.surplus) == ("entries", 3, 0)
        assert (found.table, found.missing, found.surplus) == ("totals", 1, 2)
        assert set(found.surplus_rows) == {"(a,5)", "(ghost,1)"}
        assert found.missing_rows == ["(a,4)"]

    def test_it_compares_at_one_position_while_events_keep_coming(
        self,
        store: EventStore,
        model: ReadModel,
        positions: Positions,
        publishers: Publishers,
        follower: Follower[Envelope],
    ) -> None:
        with ThreadPoolExecutor(1) as pool:
            writing = [pool.submit(write, store, f"account-{n}") for n in range(100)]
            verified = [verify(model, positions, publishers) for _ in range(4)]
            for done in writing:
                done.result()
        assert [each.drift for each in verified] == [[]] * 4

    def test_partitions_that_are_not_equally_far_are_replayed_each_to_its_position(
        self, store: EventStore, model: ReadModel, positions: Positions, publishers: Publishers
    ) -> None:
        write(store, "even", 2)
        write(store, "odd", 2)
        positions.shape("balances", {"ledger": 2})
        events = [publish(store, event) for event in store.read(0, 10)]
        with positions.database.transaction(commit=True) as cursor:
            step = Step(Log("ledger", 1), Position(), Position(4, 2))
            assert positions.advance(cursor, "balances", [step])
            model.handle(cursor, [event for event in events if event.key == "odd"])
        partition_of = {"even": 0, "odd": 1}
        verified = verify(
            model, positions, publishers, partition_of=lambda key, count: partition_of[key]
        )
        assert (verified.equal, verified.rows) == (True, 3)
