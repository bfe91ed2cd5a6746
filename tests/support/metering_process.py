"""Metering servers as processes that can be killed, on a PostgreSQL that can be killed too."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from runtime.process.ports import free_port
from tests.support.forked import Forked, Start
from tests.support.metering_service import main

ROOT = Path(__file__).parents[2]


@dataclass
class MeteringProcess:
    database_url: str
    options: tuple[str, ...] = ()
    port: int = field(default_factory=free_port)
    process: Forked | None = None

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        arguments = ["metering", self.database_url, str(self.port), *self.options]
        self.process = Forked(Start(main, arguments, ROOT, dict(os.environ)))

    def wait_until_ready(self, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        with httpx.Client(base_url=self.origin, trust_env=False, timeout=1) as http:
            while time.monotonic() < deadline:
                with contextlib.suppress(httpx.TransportError):
                    http.get("/v1/metering/nothing")
                    return
                time.sleep(0.05)
        raise AssertionError("the metering process does not answer")

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(20)


@contextlib.contextmanager
def metering_processes(
    database_url: str, count: int = 1, *options: str
) -> Iterator[list[MeteringProcess]]:
    processes = [MeteringProcess(database_url, options) for _ in range(count)]
    try:
        for process in processes:
            process.start()
        for process in processes:
            process.wait_until_ready()
        yield processes
    finally:
        for process in processes:
            process.stop()


def kill_postgres(directory: Path) -> None:
    """The whole server at once, as a power cut would."""
    pid = int((directory / "postmaster.pid").read_text().splitlines()[0])
    for process in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGKILL)
    psutil.wait_procs([p for p in psutil.process_iter() if p.pid == pid], 10)
