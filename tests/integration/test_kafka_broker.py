"""Who owns a local broker, and what becomes of one whose owner was killed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from deploy import kafka_broker
from deploy.kafka_broker import KAFKA_DIRECTORY, BrokerUnavailable, KafkaBroker
from runtime.kafka import Kafka
from tests.support.system import RunningSystem

pytestmark = [pytest.mark.kafka, pytest.mark.slow]
OWNER = """
import sys, time
from pathlib import Path
from deploy.kafka_broker import KafkaBroker
broker = KafkaBroker(Path(sys.argv[1]))
print(broker.start(), broker.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    directory = tmp_path / KAFKA_DIRECTORY
    yield directory
    kafka_broker.stop(directory)


@contextmanager
def owned_by_another(directory: Path) -> Iterator[tuple[str, psutil.Process]]:
    """A broker and its address; its owner dies at the end without a goodbye."""
    command = [sys.executable, "-c", OWNER, str(directory)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        bootstrap, pid = owner.stdout.readline().split()
        yield bootstrap, psutil.Process(int(pid))
        owner.kill()


def runs(process: psutil.Process) -> bool:
    """A zombie has ended; only nobody asked how."""
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


class TestABrokerLeftBehind:
    def test_is_ended_by_the_next_start_which_goes_on_with_its_topics(
        self, directory: Path
    ) -> None:
        with owned_by_another(directory) as (bootstrap, orphan):
            Kafka(bootstrap, partitions=3).create_topics(["billing"])
        assert runs(orphan)
        broker = KafkaBroker(directory)
        broker.start()
        assert not runs(orphan)
        assert Kafka(broker.bootstrap).partition_count("billing") == 3
        broker.stop()

    def test_is_ended_by_the_command_stop(self, directory: Path) -> None:
        system = RunningSystem(
            directory.parent, environment={"BILLING_DATA_DIR": str(directory.parent)}
        )
        with owned_by_another(directory) as (_, orphan):
            pass
        assert "Kafka is stopped." in system.cli("stop").stdout
        assert not runs(orphan)
        assert "Kafka" not in system.cli("stop").stdout


class TestABrokerInUse:
    def test_is_left_to_its_owner(self, directory: Path) -> None:
        with owned_by_another(directory) as (bootstrap, running):
            with pytest.raises(BrokerUnavailable, match="another process runs the Kafka broker"):
                KafkaBroker(directory).start()
            assert runs(running)
            assert Kafka(bootstrap).is_reachable()

    def test_can_be_started_again_by_the_same_owner(self, directory: Path) -> None:
        broker = KafkaBroker(directory)
        first = broker.start()
        broker.kill()
        assert broker.start() == first
        broker.stop()
