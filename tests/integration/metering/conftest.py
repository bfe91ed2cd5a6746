"""A metering service of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.metering_house import Billing, Caller, MeteringHouse, caller, served


@dataclass
class SetClock:
    """Stands still until it is moved."""

    now: datetime = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def house(database_url: str, clock: SetClock) -> MeteringHouse:
    return MeteringHouse(database_url, clock)


@pytest.fixture
def origin(house: MeteringHouse) -> Iterator[str]:
    with served(house) as origin:
        yield origin


@pytest.fixture
def billing(database_url: str, origin: str) -> Billing:
    return Billing(database_url)


@pytest.fixture
def host(origin: str) -> Iterator[Caller]:
    with caller(origin) as host:
        yield host
