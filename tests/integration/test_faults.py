"""Under steady load anything may die: nothing is lost, nothing counts twice, order is kept."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.kafka_broker import KafkaBroker
from runtime.feed.parked_events import parked_count
from runtime.kafka import Kafka, partition_of
from runtime.readmodels.comparison import verify
from tests.support.ledger import book_amounts
from tests.support.pipeline import Pipeline, open_pipeline
from tests.support.pipeline_process import Member
from tests.support.rounds import rounds

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.timeout(900)]

FAULTS = rounds(20)
ACCOUNTS = 40
SEED = 20261122


@contextmanager
def steady_load(pipeline: Pipeline) -> Iterator[dict[str, int]]:
    """Books small amounts on random accounts until the context ends; yields the true totals."""
    expected: dict[str, int] = {}
    stopped = threading.Event()

    def write() -> None:
        choices = random.Random(SEED)
        while not stopped.is_set():
            name, amount = f"account-{choices.randrange(ACCOUNTS)}", choices.randrange(1, 100)
            book_amounts(pipeline.store, name, amount)
            expected[name] = expected.get(name, 0) + amount
            stopped.wait(0.01)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield expected
    finally:
        stopped.set()
        writer.join()


class Faults:
    def __init__(self, broker: KafkaBroker, members: list[Member]) -> None:
        self._broker = broker
        self._members = members
        self._choices = random.Random(SEED)
        self.kinds: list[Callable[[], None]] = [
            self.kill_relay,
            self.kill_projector,
            self.pause_one,
            self.kill_broker,
            self.restart_broker,
            self.rebalance,
        ]

    def any(self) -> None:
        self._choices.choice(self.kinds)()

    def _one(self, kind: str) -> Member:
        return self._choices.choice([member for member in self._members if member.kind == kind])

    def kill_relay(self) -> None:
        relay = self._one("relay")
        relay.kill()
        relay.start()

    def kill_projector(self) -> None:
        projector = self._one("projector")
        projector.kill()
        time.sleep(self._choices.random() * 3)
        projector.start()

    def pause_one(self) -> None:
        """Long enough to be taken for dead, and then it goes on where it was."""
        member = self._choices.choice(self._members)
        member.send(signal.SIGSTOP)
        time.sleep(8)
        member.send(signal.SIGCONT)

    def kill_broker(self) -> None:
        self._broker.kill()
        self._broker.start()

    def restart_broker(self) -> None:
        self._broker.stop()
        time.sleep(self._choices.random() * 3)
        self._broker.start()

    def rebalance(self) -> None:
        third = replace(self._one("projector"))
        time.sleep(3)
        third.stop()


class TestFaults:
    def test_read_models_equal_the_input_after_many_faults(
        self, database_url: str, broker: KafkaBroker, tmp_path: Path
    ) -> None:
        with open_pipeline(database_url, Kafka(broker.bootstrap), tmp_path) as pipeline:
            members = [
                Member(kind, database_url, broker.bootstrap, str(tmp_path))
                for kind in ("relay", "relay", "projector", "projector")
            ]
            try:
                with steady_load(pipeline) as expected:
                    faults = Faults(broker, members)
                    for fault in faults.kinds:
                        fault()
                    for _ in range(FAULTS - len(faults.kinds)):
                        faults.any()
                        time.sleep(0.5)
                pipeline.wait(180)
                assert pipeline.totals() == expected
                self._agrees_with_a_replay(pipeline)
            finally:
                for member in members:
                    member.stop()

    def _agrees_with_a_replay(self, pipeline: Pipeline) -> None:
        publishers = {"ledger": pipeline.publisher}
        verified = verify(pipeline.model, pipeline.positions, publishers, partition_of=partition_of)
        assert verified.equal
        assert verified.events == pipeline.store.head()
        assert parked_count(pipeline.projections, "balances") == 0

    def test_a_second_projector_takes_over_within_ten_seconds(
        self, database_url: str, broker: KafkaBroker, tmp_path: Path
    ) -> None:
        with open_pipeline(database_url, Kafka(broker.bootstrap), tmp_path) as pipeline:
            pipeline.relay().start()
            members = [
                Member("projector", database_url, broker.bootstrap, str(tmp_path)) for _ in range(2)
            ]
            try:
                for number in range(50):
                    pipeline.write(f"account-{number}")
                    time.sleep(0.1)
                pipeline.wait()
                members[0].kill()
                killed = time.monotonic()
                for number in range(50, 100):
                    pipeline.write(f"account-{number}")
                pipeline.wait()
                assert time.monotonic() - killed < 10
                assert len(pipeline.totals()) == 100
            finally:
                for member in members:
                    member.stop()
