"""A real broker for the tests: one that is given, or one of this run's own. Never skipped."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.kafka_broker import KafkaBroker
from runtime.kafka import Kafka

GIVEN = "KAFKA_BOOTSTRAP_SERVERS"
_numbers = itertools.count()


@pytest.fixture(scope="session")
def kafka_bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Fails with what is missing when no broker can be started."""
    given = os.environ.get(GIVEN)
    if given:
        yield given
        return
    broker = KafkaBroker(tmp_path_factory.mktemp("kafka"))
    broker.start()
    yield broker.bootstrap
    broker.kill()


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
