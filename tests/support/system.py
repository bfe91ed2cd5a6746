"""The real process, over real HTTP: what a person who typed `billing run` has."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import httpx
import psutil

from deploy.cli import main
from deploy.data_directory import development_secret
from deploy.demo.host import Host
from deploy.settings import Settings
from runtime.process.ports import free_port
from tests.support.forked import Forked, Start
from tests.support.postgres import abandon

READY_SECONDS = 60.0
BILLING = str(Path(sys.executable).with_name("billing"))


@dataclass
class RunningSystem:
    """`billing run` in a data directory and on a port of its own."""

    directory: Path
    port: int = field(default_factory=free_port)
    environment: Mapping[str, str] = field(default_factory=dict)
    processes: dict[str, subprocess.Popen[str] | Forked] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def origin_of(self, name: str) -> str:
        """Where the process that serves that part answers by itself, /metrics too."""
        return self.url

    @cached_property
    def http(self) -> httpx.Client:
        """One for all requests: each new client would read all certificates first."""
        return httpx.Client(base_url=self.url, trust_env=False, verify=False, timeout=30)

    @property
    def variables(self) -> dict[str, str]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("BILLING_")}
        own = {"BILLING_DATA_DIR": str(self.directory / "data"), "BILLING_PORT": str(self.port)}
        return {**inherited, **own, **self.environment}

    @property
    def log(self) -> str:
        return (self.directory / "log").read_text()

    def start(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        self.begin("run", "run")
        self.await_ready()

    def begin(self, name: str, *arguments: str, **variables: str) -> None:
        """A command of ours that goes on until it is ended."""
        log = self.directory / "log"
        self.processes[name] = self._forked(arguments, log, log, variables)

    def _forked(
        self, arguments: Sequence[str], out: Path, err: Path, variables: Mapping[str, str]
    ) -> Forked:
        found = {**self.variables, **variables}
        return Forked(Start(main, ["billing", *arguments], self.directory, found, out, err))

    def spawn(self, name: str, command: list[str]) -> None:
        """Any other program."""
        with (self.directory / "log").open("a") as log:
            self.processes[name] = subprocess.Popen(
                command,
                cwd=self.directory,
                env=self.variables,
                stdout=log,
                stderr=log,
                text=True,
                start_new_session=True,
            )

    def await_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            for name, process in self.processes.items():
                assert process.poll() is None, f"{name} ended:\n{self.log[-3000:]}"
            with suppress(httpx.TransportError):
                if self.http.get("/readyz").status_code == 200:
                    return
            time.sleep(0.05)
        raise AssertionError(f"not ready in {READY_SECONDS} s:\n{self.log[-3000:]}")

    def kill(self) -> None:
        """`kill -9`: nobody says goodbye. PostgreSQL lives on."""
        self._end(signal.SIGKILL)

    def interrupt(self) -> None:
        """Ctrl-C."""
        self._end(signal.SIGINT)

    def _end(self, with_signal: signal.Signals) -> None:
        """All of them at once."""
        for process in self.processes.values():
            process.send_signal(with_signal)
        for process in self.processes.values():
            process.wait(30)

    @property
    def resident_megabytes(self) -> float:
        """Of its processes and theirs, without PostgreSQL, which outlives them."""
        own = [psutil.Process(process.pid) for process in self.processes.values()]
        every = [*own, *(child for each in own for child in each.children(recursive=True))]
        return (
            sum(each.memory_info().rss for each in every if "postgres" not in each.name()) / 2**20
        )

    def cli(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        with tempfile.TemporaryDirectory() as folder:
            out, err = Path(folder, "out"), Path(folder, "err")
            code = self._forked(arguments, out, err, {}).wait(120)
            done = subprocess.CompletedProcess(
                ["billing", *arguments], code, out.read_text(), err.read_text()
            )
        assert done.returncode == 0 or not check, done.stdout + done.stderr
        return done

    def end(self) -> None:
        """Nothing of it is left running, and nothing of it will be needed."""
        self.kill()
        self.http.close()
        abandon(self.directory / "data" / "postgres")

    def host(self) -> Host:
        settings = Settings(data_dir=self.directory / "data")
        secret = self.environment.get("BILLING_JWT_SECRET")
        return Host(self.url, secret or development_secret(settings, "jwt").hex())


def running_system(directory: Path, **environment: str) -> AbstractContextManager[RunningSystem]:
    return started(RunningSystem(directory, environment=environment))


@contextmanager
def started(system: RunningSystem) -> Iterator[RunningSystem]:
    """Started and ready; afterwards nothing of it is left running."""
    try:
        system.start()
        yield system
    finally:
        system.end()
