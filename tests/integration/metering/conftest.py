"""A metering service: shared by the tests of a module, or a test's own when time must move."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from runtime.postgres import embedded_server
from tests.support.metering_caller import Caller, caller
from tests.support.metering_plans import Billing
from tests.support.metering_service import MeteringService, served
from tests.support.meters import declare, slugs
from tests.support.postgres import fresh_database
from tests.support.waiting import wait_until

_workspaces = itertools.count()


@dataclass
class SetClock:
    """Stands still until it is moved."""

    now: datetime = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture(scope="module")
def shared_url(postgres_url: str) -> Iterator[str]:
    with fresh_database(postgres_url) as url:
        yield url


@pytest.fixture(scope="module")
def shared_metering(shared_url: str) -> MeteringService:
    return MeteringService(shared_url, SetClock())


@pytest.fixture(scope="module")
def origin(shared_metering: MeteringService) -> Iterator[str]:
    with served(shared_metering) as origin:
        yield origin


@pytest.fixture(scope="module")
def billing(shared_url: str, origin: str) -> Billing:
    return Billing(shared_url)


@pytest.fixture
def host(origin: str) -> Iterator[Caller]:
    """Of a workspace that nobody used before."""
    with caller(origin, ws=f"ws{next(_workspaces)}") as host:
        yield host


@dataclass
class Own:
    clock: SetClock
    metering: MeteringService
    host: Caller
    billing: Billing


@pytest.fixture
def own(database_url: str) -> Iterator[Own]:
    """A service of the test's own, whose clock it may move."""
    clock = SetClock()
    metering = MeteringService(database_url, clock)
    with served(metering) as origin, caller(origin) as host:
        yield Own(clock, metering, host, Billing(database_url))


@pytest.fixture(scope="module")
def tokens(origin: str) -> None:
    assert declare(origin).status_code == 201
    with caller(origin) as host:
        wait_until(lambda: "tokens" in slugs(host), "the meter is known")


@pytest.fixture
def own_postgres(tmp_path: Path) -> Iterator[Path]:
    directory = tmp_path / "pg"
    try:
        yield directory
    finally:
        embedded_server.stop(directory)
