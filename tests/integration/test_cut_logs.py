"""A log that lost its last events, as after a restore, while its consumers have applied them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.envelope import Envelope
from runtime.eventstore.store import EventStore
from runtime.feed.feed import EventStoreFeed, Log, Position, Publisher, Step, Wakeup
from runtime.feed.follower import Follower
from runtime.feed.history import fork_at
from runtime.feed.positions import Positions
from runtime.postgres.database import Database
from runtime.postgres.migrations import Schema
from runtime.readmodels.comparison import verify
from runtime.readmodels.definition import ReadModel
from runtime.readmodels.rebuild import rebuild
from tests.support.cut_logs import cut
from tests.support.ledger import book_amounts, ledger_model, publish
from tests.support.waiting import wait_until, wait_until_applied


class Ledger:
    """A log, and a read model that follows it."""

    def __init__(self, url: str, folder: Path) -> None:
        self.own, self.projections = Database(url, "ledger"), Database(url, "projections")
        self.store, self.positions = EventStore("ledger", self.own), Positions(self.projections)
        self.store.migrate()
        self.positions.migrate()
        self.model: ReadModel = ledger_model(folder)
        Schema(self.projections, self.model.tables).migrate()
        self.publishers = {"ledger": Publisher(self.store, publish)}
        self.wakeup = Wakeup({url: [self.store.channel]})
        self.wakeup.start()
        self.follower = self.followed()

    def followed(self) -> Follower[Envelope]:
        feed = EventStoreFeed(self.publishers, self.wakeup)
        follower = Follower(self.model.consumer(), feed, self.positions)
        follower.start()
        return follower

    def write(self, name: str, *amounts: int) -> None:
        book_amounts(self.store, name, *amounts)

    def applied(self) -> None:
        wait_until_applied(self.positions, "balances", "ledger", self.store.head())

    def totals(self) -> dict[str, int]:
        rows = self.projections.rows("SELECT account, total FROM totals")
        return {row["account"]: row["total"] for row in rows}

    def restart(self) -> None:
        self.follower.stop()
        self.follower.join(10)
        self.follower = self.followed()

    def stops_at_the_fork(self) -> None:
        wait_until(lambda: self.follower.failure.startswith("LogForked"), "it stops at the fork")

    def close(self) -> None:
        self.follower.stop()
        self.wakeup.stop()
        self.follower.join(10)
        self.own.close()
        self.projections.close()


@pytest.fixture
def ledger(database_url: str, tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(database_url, tmp_path)
    yield ledger
    ledger.close()


class TestConsumerAheadOfItsLog:
    @pytest.mark.parametrize("restarted", [False, True])
    def test_it_stops_where_the_log_ends_earlier(self, ledger: Ledger, restarted: bool) -> None:
        ledger.write("a", 1, 2, 3)
        ledger.applied()
        cut(ledger.store, 2)
        if restarted:
            ledger.restart()
        ledger.stops_at_the_fork()
        assert "ledger:3, and its log has no event behind 2" in ledger.follower.failure

    @pytest.mark.parametrize("restarted", [False, True])
    def test_it_applies_nothing_of_another_history(self, ledger: Ledger, restarted: bool) -> None:
        ledger.write("a", 1, 2, 3)
        ledger.applied()
        if restarted:
            ledger.follower.stop()
            ledger.follower.join(10)
        cut(ledger.store, 2)
        ledger.write("b", 5, 6, 7)
        if restarted:
            ledger.restart()
        ledger.stops_at_the_fork()
        assert "b" not in ledger.totals()

    def test_it_goes_on_by_itself_once_it_was_built_anew(self, ledger: Ledger) -> None:
        ledger.write("a", 1, 2, 3)
        ledger.applied()
        cut(ledger.store, 2)
        ledger.write("b", 5, 6, 7)
        ledger.stops_at_the_fork()
        rebuild(ledger.model, ledger.positions, ledger.publishers)
        ledger.write("c", 8)
        wait_until(lambda: not ledger.follower.failure, "it goes on")
        wait_until(lambda: "c" in ledger.totals(), "it applies what comes")
        assert ledger.totals() == {"a": 3, "b": 18, "c": 8}
        assert verify(ledger.model, ledger.positions, ledger.publishers).equal

    def test_a_position_of_an_earlier_version_tells_only_that_the_log_is_too_short(
        self, ledger: Ledger
    ) -> None:
        ledger.write("a", 1, 2, 3)
        assert fork_at(ledger.store, "balances", Position(3)) is None
        assert fork_at(ledger.store, "balances", Position(4)) is not None

    def test_what_moves_a_position_alone_leaves_nothing_wrong_beside_it(
        self, ledger: Ledger
    ) -> None:
        ledger.write("a", 1, 2)
        ledger.applied()
        ledger.projections.execute("UPDATE positions SET sequence = 1")
        assert ledger.positions.of("balances", Log("ledger")).recorded_at is None

    def test_a_process_that_follows_the_history_before_moves_nothing(self, ledger: Ledger) -> None:
        ledger.write("a", 1, 2)
        ledger.applied()
        before = ledger.positions.of("balances", Log("ledger"))
        cut(ledger.store, 1)
        ledger.write("a", 4)
        rebuild(ledger.model, ledger.positions, ledger.publishers)
        with ledger.projections.transaction(commit=True) as cursor:
            step = Step(Log("ledger"), before, Position(3))
            assert not ledger.positions.advance(cursor, "balances", [step])
