"""A metering server in a process of its own, on a fresh database, for one measurement."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import psutil

from tests.bench.load import Target
from tests.support.metering_caller import service_token
from tests.support.metering_plans import Billing
from tests.support.metering_process import MeteringProcess, metering_processes
from tests.support.metering_service import MeteringService
from tests.support.postgres import fresh_database

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


@dataclass(frozen=True)
class MeteringTarget:
    postgres_url: str

    @contextlib.contextmanager
    def database(self) -> Iterator[str]:
        """With metering's tables and a plan whose quotas are never reached but always checked."""
        with fresh_database(self.postgres_url) as url:
            metering = MeteringService(url, project=False)
            metering.migrate()
            Billing(url).plan("free", conversations=PLENTY, messages=PLENTY, is_default=True)
            metering.service.close()
            metering.database.close()
            yield url

    @contextlib.contextmanager
    def serving(self, database_url: str, *options: str) -> Iterator[Running]:
        with metering_processes(database_url, 1, *options) as [process]:
            yield Running(database_url, process)
