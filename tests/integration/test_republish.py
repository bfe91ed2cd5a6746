"""Publishing again what was published, without a broker: what the relay does is all that counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from contracts.cloudevents import CODEC
from contracts.envelope import Envelope
from runtime.eventstore.store import EventStore
from runtime.feed.feed import Publisher
from runtime.feed.message import Message
from runtime.feed.positions import Positions
from runtime.feed.wakeup import Wakeup
from runtime.kafka.relay import Relay, republish
from runtime.postgres.database import Database
from tests.support.ledger import book_amounts, publish
from tests.support.waiting import wait_until


class Topic:
    def __init__(self) -> None:
        self.sequences: list[int] = []

    def open(self) -> None: ...
    def close(self) -> None: ...

    def write(self, messages: Sequence[Message], watermark: Message | None) -> None:
        decoded = (CODEC.decode(each.key, each.value, each.headers) for each in messages)
        self.sequences += [event.sequence for event in decoded]


@pytest.fixture
def store(database_url: str) -> Iterator[EventStore]:
    with Database(database_url, "ledger") as opened:
        store = EventStore("ledger", opened)
        store.migrate()
        Positions(opened).migrate()
        yield store


class TestRepublish:
    def test_a_relay_that_runs_goes_back_and_on_again(self, store: EventStore) -> None:
        topic, positions = Topic(), Positions(store.database)
        wakeup = Wakeup({store.database.url: [store.channel]})
        relay: Relay[Envelope] = Relay(
            Publisher(store, publish), positions, topic, CODEC, wakeup, batch_size=10
        )
        book_amounts(store, "a", 1, 2, 3, 4)
        wakeup.start()
        relay.start()
        try:
            wait_until(lambda: topic.sequences == [1, 2, 3, 4], "all is published")
            assert republish(store, positions, 3) == 2
            wait_until(lambda: topic.sequences == [1, 2, 3, 4, 3, 4], "it is published again")
            book_amounts(store, "a", 5)
            wait_until(lambda: topic.sequences[-1] == 5, "it goes on")
            assert relay.lag() == 0
        finally:
            relay.stop()
            wakeup.stop()
            relay.join(10)
