"""Events that were set aside: everything that speaks of a read model tells of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from contracts.envelope import Envelope
from runtime.eventstore.store import EventStore
from runtime.feed.feed import EventStoreFeed, Publisher, Wakeup
from runtime.feed.follower import Follower
from runtime.feed.parked_events import parked_counts, parked_events
from runtime.feed.poison_events import TooManyPoisoned, retry_parked
from runtime.feed.positions import Positions
from runtime.postgres.database import Cursor, Database
from runtime.postgres.migrations import Schema
from runtime.readmodels.comparison import verify
from runtime.readmodels.definition import ReadModel
from runtime.readmodels.rebuild import rebuild
from runtime.readmodels.shadow import ReplayFailed
from runtime.readmodels.waiting import ProjectionBehind, Waiting
from tests.support.ledger import (
    CODEC,
    AmountBooked,
    book,
    book_amounts,
    ledger_model,
    publish,
)
from tests.support.waiting import wait_until_applied

POISON = 13


def refuse_thirteen(cursor: Cursor, events: Sequence[Envelope]) -> None:
    for event in events:
        if isinstance(event.data, AmountBooked) and event.data.amount == POISON:
            raise ValueError("thirteen\0\ud83d of [red]acme[/red]")
    book(cursor, events)


@dataclass
class Books:
    store: EventStore
    positions: Positions
    model: ReadModel
    healthy: ReadModel

    @property
    def publishers(self) -> dict[str, Publisher[Envelope]]:
        return {"ledger": Publisher(self.store, publish)}

    def write(self, name: str, *amounts: int) -> None:
        book_amounts(self.store, name, 1, *amounts)

    def follow(self) -> None:
        """Until everything is applied or parked."""
        wakeup = Wakeup({self.store.database.url: [self.store.channel]})
        feed = EventStoreFeed(self.publishers, wakeup)
        follower = Follower(self.model.consumer(), feed, self.positions, codec=CODEC)
        wakeup.start()
        follower.start()
        try:
            wait_until_applied(self.positions, "balances", "ledger", self.store.head())
        finally:
            follower.stop()
            wakeup.stop()
            follower.join(10)

    def totals(self) -> dict[str, int]:
        rows = self.positions.database.rows("SELECT account, total FROM totals")
        return {row["account"]: row["total"] for row in rows}

    def parked(self) -> list[tuple[str, int, bool]]:
        found = parked_events(self.positions.database, "balances")
        return [(event.key, event.sequence, bool(event.error)) for event in found]


@pytest.fixture
def books(database_url: str, tmp_path: Path) -> Iterator[Books]:
    """Account `acme` has a poisonous event, the fourth of the log, and one behind it."""
    with Database(database_url, "ledger") as own, Database(database_url, "projections") as read:
        store, positions = EventStore("ledger", own), Positions(read)
        store.migrate()
        positions.migrate()
        healthy = ledger_model(tmp_path)
        Schema(read, healthy.tables).migrate()
        model = ReadModel("balances", ["ledger"], tmp_path, refuse_thirteen)
        books = Books(store, positions, model, healthy)
        books.write("globex", 2)
        books.write("acme", POISON, 3)
        yield books


PARKED = [("acme", 4, True), ("acme", 5, False)]


class TestWaiting:
    def wait(self, books: Books, sequence: int, key: str = "") -> None:
        waiting = Waiting(books.positions, lambda _: books.store.head(), seconds=1)
        asyncio.run(waiting.until_applied("balances", "ledger", sequence, key))

    def test_the_workspace_whose_event_is_parked_is_behind(self, books: Books) -> None:
        books.follow()
        assert books.parked() == PARKED
        for sequence in (4, 5):
            with pytest.raises(ProjectionBehind, match="set aside"):
                self.wait(books, sequence, "acme")

    def test_what_lies_before_it_and_others_are_not(self, books: Books) -> None:
        books.follow()
        self.wait(books, 3, "acme")
        self.wait(books, 5, "globex")

    def test_a_list_over_all_of_them_is(self, books: Books) -> None:
        books.follow()
        self.wait(books, 3)
        with pytest.raises(ProjectionBehind):
            self.wait(books, 5)

    def test_after_the_retry_nobody_is(self, books: Books) -> None:
        books.follow()
        retry_parked(books.positions, books.healthy.consumer(), CODEC)
        self.wait(books, 5, "acme")


class TestVerification:
    def test_a_read_model_that_lacks_parked_events_is_not_equal(self, books: Books) -> None:
        books.follow()
        verified = verify(books.model, books.positions, books.publishers)
        assert (verified.equal, verified.parked, list(verified.drift)) == (False, 2, [])

    def test_after_the_retry_it_is(self, books: Books) -> None:
        books.follow()
        retry_parked(books.positions, books.healthy.consumer(), CODEC)
        assert verify(books.healthy, books.positions, books.publishers).equal


class TestRebuild:
    def test_sets_them_aside_again_and_goes_on(self, books: Books) -> None:
        books.follow()
        books.write("initech", 4)
        books.write("acme-2", *range(20, 40))
        rebuilt = rebuild(books.model, books.positions, books.publishers, codec=CODEC)
        assert (rebuilt.events, rebuilt.parked) == (5 + 2 + 21, 2)
        assert books.parked() == PARKED
        assert books.totals() == {"globex": 3, "acme": 1, "initech": 5, "acme-2": 591}
        assert not verify(books.model, books.positions, books.publishers).drift

    def test_what_can_be_applied_meanwhile_is(self, books: Books) -> None:
        books.follow()
        assert rebuild(books.healthy, books.positions, books.publishers, codec=CODEC).parked == 0
        assert (books.parked(), books.totals()["acme"]) == ([], 1 + POISON + 3)

    def test_a_retry_after_it_applies_them_in_order(self, books: Books) -> None:
        rebuild(books.model, books.positions, books.publishers, codec=CODEC)
        assert retry_parked(books.positions, books.healthy.consumer(), CODEC).applied == 2
        assert verify(books.healthy, books.positions, books.publishers).equal

    def test_when_everything_fails_nothing_is_changed(self, books: Books) -> None:
        books.follow()
        before = books.totals()
        for number in range(15):
            books.write(f"more-{number}", POISON)
        with pytest.raises(ReplayFailed, match=TooManyPoisoned.__name__):
            rebuild(books.model, books.positions, books.publishers, codec=CODEC)
        assert (books.totals(), books.parked()) == (before, PARKED)


def test_they_are_counted_by_consumer(books: Books) -> None:
    assert parked_counts(books.positions.database) == {}
    books.follow()
    assert parked_counts(books.positions.database) == {"balances": 2}
