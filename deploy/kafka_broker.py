"""A real Apache Kafka on this machine, for development and tests: one JVM, a single KRaft node.

A broker belongs to whoever holds its directory's lock. One that runs without an owner was left
behind by a crash: the next start ends it first, and so does `stop`.
"""

from __future__ import annotations

import fcntl
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import TextIO

import psutil

from deploy.kafka_software import BrokerUnavailable, java, libraries
from runtime.kafka import Kafka
from runtime.process.ports import free_port

__all__ = ["KAFKA_DIRECTORY", "BrokerUnavailable", "KafkaBroker", "stop"]

KAFKA_DIRECTORY = "kafka"
CLUSTER = "YmlsbGluZy1sb2NhbC1rYQ"
MAIN_CLASS = "kafka.Kafka"
START_SECONDS = 60
STOP_SECONDS = 20
MEMORY = ("-Xms128m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
SETTINGS = """\
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs={logs}
auto.create.topics.enable=false
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
num.network.threads=2
num.io.threads=2
log.cleaner.dedupe.buffer.size=2097152
"""


class KafkaBroker:
    """`directory` keeps its log, so that a broker started there again goes on. Port 0: a free one,
    which stays the same for this object."""

    def __init__(self, directory: Path, port: int = 0) -> None:
        self.directory = directory.resolve()
        self.port = port or free_port()
        self._controller = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._claimed: TextIO | None = None

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        if self._process is None:
            raise BrokerUnavailable("The broker is not running.")
        return self._process.pid

    def start(self) -> str:
        """Returns the bootstrap address once it answers. Raises BrokerUnavailable, also while
        another process owns a broker here."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self._claim()
        try:
            self._start()
        except BaseException:
            self.kill()
            raise
        return self.bootstrap

    def _claim(self) -> None:
        """The lock goes with its process, however that ends."""
        lock = (self.directory / "owner.lock").open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise BrokerUnavailable(
                f"another process runs the Kafka broker of {self.directory}"
            ) from None
        self._claimed = lock

    def _start(self) -> None:
        stop(self.directory)
        settings = _settings_file(self.directory)
        logs = self.directory / "log"
        settings.write_text(SETTINGS.format(port=self.port, controller=self._controller, logs=logs))
        if not (logs / "meta.properties").exists():
            self._run("kafka.tools.StorageTool", "format", "--standalone", "-t", CLUSTER,
                      "-c", str(settings)).wait(START_SECONDS)  # fmt: skip
        self._process = self._run(MAIN_CLASS, str(settings))
        self._wait_until_ready()

    def stop(self) -> None:
        """A clean shutdown."""
        self._end(kill=False)

    def kill(self) -> None:
        """As a crash would."""
        self._end(kill=True)

    def wait(self) -> None:
        if self._process is not None:
            self._process.wait()

    def _end(self, *, kill: bool) -> None:
        process, self._process = self._process, None
        if process is not None:
            if not kill:
                process.terminate()
                with suppress(subprocess.TimeoutExpired):
                    process.wait(STOP_SECONDS)
            process.kill()
            process.wait()
        claimed, self._claimed = self._claimed, None
        if claimed is not None:
            claimed.close()

    def _run(self, *arguments: str) -> subprocess.Popen[bytes]:
        command = [java(), *MEMORY, "-cp", f"{libraries()}/*", *arguments]
        with (self.directory / "broker.log").open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)  # noqa: S603

    def _wait_until_ready(self) -> None:
        """An open port is not enough: it is ready when it answers an administrator."""
        deadline = time.monotonic() + START_SECONDS
        kafka = Kafka(self.bootstrap)
        while not kafka.is_reachable(seconds=2):
            ended = self._process is None or self._process.poll() is not None
            if ended or time.monotonic() > deadline:
                log = (self.directory / "broker.log").read_text(errors="replace")
                raise BrokerUnavailable(f"Kafka did not come up: {log[-600:]}")
            time.sleep(0.1)


def stop(directory: Path) -> bool:
    """Ends the broker of this directory, whoever started it; False when none was running."""
    process = _running(directory.expanduser().resolve())
    if process is None:
        return False
    with suppress(psutil.NoSuchProcess):
        process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        while process.status() != psutil.STATUS_ZOMBIE:
            if time.monotonic() > deadline:
                process.kill()
            time.sleep(0.05)
    return True


def _settings_file(directory: Path) -> Path:
    return directory / "server.properties"


def _running(directory: Path) -> psutil.Process | None:
    """Found by its command line: no note of its id could be lost between its start and a crash."""
    wanted = [MAIN_CLASS, str(_settings_file(directory))]
    for process in psutil.process_iter(["cmdline"]):
        if (process.info["cmdline"] or [])[-2:] == wanted:
            return process
    return None
