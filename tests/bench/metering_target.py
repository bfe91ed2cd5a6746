"""A metering server in a process of its own, on a fresh database, for one measurement."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from runtime.postgres import embedded_server
from tests.bench.load import Target
from tests.support.metering_caller import service_token
from tests.support.metering_plans import Billing
from tests.support.metering_process import MeteringProcess, metering_processes
from tests.support.metering_service import MeteringService
from tests.support.postgres import abandon, fresh_database

PLENTY = 10**12


@dataclass(frozen=True)
class Running:
    database_url: str
    process: MeteringProcess

    @property
    def target(self) -> Target:
        return Target("127.0.0.1", self.process.port, service_token())

    @property
    def resident_megabytes(self) -> float:
        assert self.process.process is not None
        resident: int = psutil.Process(self.process.process.pid).memory_info().rss
        return resident / 2**20


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of a server of this measurement's own."""
    with tempfile.TemporaryDirectory(prefix="bench") as directory:
        data = Path(directory) / "pg"
        try:
            yield embedded_server.start(data)
        finally:
            abandon(data)


@contextmanager
def database(postgres_url: str) -> Iterator[str]:
    """With metering's tables and a plan whose quotas are never reached but always checked."""
    with fresh_database(postgres_url) as url:
        metering = MeteringService(url, project=False)
        metering.migrate()
        Billing(url).plan("free", conversations=PLENTY, messages=PLENTY, is_default=True)
        metering.service.close()
        metering.database.close()
        yield url


@contextmanager
def serving(database_url: str, *options: str) -> Iterator[Running]:
    with metering_processes(database_url, 1, *options) as [process]:
        yield Running(database_url, process)
