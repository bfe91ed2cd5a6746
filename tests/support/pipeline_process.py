"""Relays and projectors as processes of their own, so that they can be killed."""

from __future__ import annotations

import os
import signal
import threading
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path

from contracts.cloudevents import CODEC
from runtime.eventstore.store import EventStore
from runtime.feed.feed import Publisher, Wakeup
from runtime.feed.follower import Follower
from runtime.feed.positions import Positions
from runtime.kafka import DeadLetters, Kafka, KafkaFeed, TopicWriter
from runtime.kafka.relay import Relay
from runtime.postgres.database import Database
from tests.support.forked import PRELOADED
from tests.support.ledger import ledger_model, publish


def run_relay(url: str, bootstrap: str, _: str) -> None:
    with Database(url, "ledger") as database:
        store = EventStore("ledger", database)
        wakeup = Wakeup({url: [store.channel]})
        wakeup.start()
        writer = TopicWriter(Kafka(bootstrap), "ledger")
        relay = Relay(Publisher(store, publish), Positions(database), writer, CODEC, wakeup)
        relay.start()
        _until_terminated()
        relay.stop()
        relay.join(10)


def run_projector(url: str, bootstrap: str, folder: str) -> None:
    kafka = Kafka(bootstrap)
    with Database(url, "projections") as database:
        follower = Follower(
            ledger_model(Path(folder)).consumer(),
            KafkaFeed(kafka, CODEC),
            Positions(database),
            batch_size=50,
            codec=CODEC,
            dead_letters=DeadLetters(kafka),
        )
        follower.start()
        _until_terminated()
        follower.stop()
        follower.join(10)


def _until_terminated() -> None:
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    ended.wait()


WORK = {"relay": run_relay, "projector": run_projector}


@dataclass
class Member:
    """One process that is started again after each of its deaths."""

    kind: str
    url: str
    bootstrap: str
    folder: str
    process: BaseProcess = field(init=False)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        arguments = (self.url, self.bootstrap, self.folder)
        self.process = PRELOADED.Process(target=WORK[self.kind], args=arguments, daemon=True)
        self.process.start()

    def send(self, number: signal.Signals) -> None:
        if self.process.pid is not None:
            os.kill(self.process.pid, number)

    def kill(self) -> None:
        self.process.kill()
        self.process.join()

    def stop(self) -> None:
        self.process.terminate()
        self.process.join(15)
        self.process.kill()
