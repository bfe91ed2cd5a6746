"""A real broker for the tests: one that is given, or one of this run's own. Never skipped."""

from __future__ import annotations

import fcntl
import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from deploy.kafka_broker import KafkaBroker
from runtime.kafka import Kafka

GIVEN = "KAFKA_BOOTSTRAP_SERVERS"
SHARED = "kafka"
# Left to the end of the run, whichever worker ends first.
_started: list[KafkaBroker] = []
_numbers = itertools.count()


@pytest.fixture(scope="session")
def kafka_bootstrap(run_directory: Path) -> str:
    """Fails with what is missing when no broker can be started."""
    return os.environ.get(GIVEN) or shared_broker(run_directory)


def shared_broker(run_directory: Path) -> str:
    """The broker of all workers of a run; the first one that asks starts it."""
    directory = run_directory / SHARED
    directory.mkdir(exist_ok=True)
    with (directory / "bootstrap").open("a+") as told:
        fcntl.flock(told, fcntl.LOCK_EX)
        told.seek(0)
        bootstrap = told.read()
        if not bootstrap:
            broker = KafkaBroker(directory / "broker")
            bootstrap = broker.start()
            told.write(bootstrap)
            _started.append(broker)
    return bootstrap


def end_shared_broker(run_directory: Path) -> None:
    for process in psutil.process_iter(["cmdline"]):
        arguments = process.info["cmdline"] or [""]
        if arguments[-1].startswith(str((run_directory / SHARED).resolve())):
            process.kill()


@pytest.fixture
def kafka(kafka_bootstrap: str) -> Iterator[Kafka]:
    """Topics, groups and transactions of this test's own, in 4 partitions."""
    prefix = f"t{os.getpid()}-{next(_numbers)}."
    kafka = Kafka(kafka_bootstrap, prefix=prefix, partitions=4)
    yield kafka
    kafka.close()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[KafkaBroker]:
    """A broker that the test may stop, kill and start again."""
    broker = KafkaBroker(tmp_path / "kafka")
    broker.start()
    yield broker
    broker.kill()
