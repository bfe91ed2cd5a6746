"""The way of an event on a real PostgreSQL and Kafka: store, relay, topic, read model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from contracts.cloudevents import CODEC
from contracts.envelope import Envelope
from runtime.eventstore.store import EventStore
from runtime.feed.consumer import Consumer
from runtime.feed.feed import Publisher, Wakeup
from runtime.feed.follower import Follower
from runtime.feed.positions import Positions
from runtime.kafka import DeadLetters, Kafka, KafkaFeed, TopicWriter
from runtime.kafka.relay import Relay
from runtime.postgres.database import Database
from runtime.postgres.migrations import Schema
from tests.support.ledger import book_amounts, ledger_model, publish
from tests.support.waiting import wait_until_applied


class Pipeline:
    """Parts are made on request; `close` stops those that run."""

    def __init__(self, url: str, kafka: Kafka, folder: Path) -> None:
        self._stack = ExitStack()
        self.url = url
        self.kafka = kafka
        self.ledger = self._stack.enter_context(Database(url, "ledger"))
        self.projections = self._stack.enter_context(Database(url, "projections"))
        self.store = EventStore("ledger", self.ledger)
        self.store.migrate()
        self.checkpoints = Positions(self.ledger)
        self.checkpoints.migrate()
        self.positions = Positions(self.projections)
        self.positions.migrate()
        self.model = ledger_model(folder)
        Schema(self.projections, self.model.tables).migrate()
        self.publisher = Publisher(self.store, publish)
        self.wakeup = Wakeup({url: [self.store.channel]})
        self.wakeup.start()
        self._stack.callback(self.wakeup.stop)

    def relay(self, batch_size: int = 100) -> Relay[Envelope]:
        writer = TopicWriter(self.kafka, "ledger")
        relay = Relay(
            self.publisher, self.checkpoints, writer, CODEC, self.wakeup, batch_size=batch_size
        )
        self._stack.callback(relay.join, 10)
        self._stack.callback(relay.stop)
        return relay

    def follower(
        self, consumer: Consumer[Envelope] | None = None, batch_size: int = 50
    ) -> Follower[Envelope]:
        follower = Follower(
            consumer or self.model.consumer(),
            KafkaFeed(self.kafka, CODEC),
            self.positions,
            batch_size=batch_size,
            codec=CODEC,
            dead_letters=DeadLetters(self.kafka),
        )
        self._stack.callback(follower.join, 10)
        self._stack.callback(follower.stop)
        return follower

    def write(self, name: str, amounts: int = 3) -> None:
        """A new account with amounts 1, 1, 2, 3 …"""
        book_amounts(self.store, name, 1, *range(1, amounts))

    def wait(self, seconds: float = 30) -> None:
        wait_until_applied(self.positions, "balances", "ledger", self.store.head(), seconds)

    def totals(self) -> dict[str, int]:
        rows = self.projections.rows("SELECT account, total FROM totals ORDER BY account")
        return {row["account"]: row["total"] for row in rows}

    def close(self) -> None:
        self._stack.close()


@contextmanager
def open_pipeline(url: str, kafka: Kafka, folder: Path) -> Iterator[Pipeline]:
    kafka.create_topics(["ledger"])
    pipeline = Pipeline(url, kafka, folder)
    try:
        yield pipeline
    finally:
        pipeline.close()


@pytest.fixture
def pipeline(database_url: str, kafka: Kafka, tmp_path: Path) -> Iterator[Pipeline]:
    with open_pipeline(database_url, kafka, tmp_path) as opened:
        yield opened
