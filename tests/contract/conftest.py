"""Every contract test of the gateway port runs over every registered adapter."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.gateway_driver import DashboardDriver, GatewayDriver, MoneyDriver
from tests.support.gateway_drivers import (
    CHANGED_BY_HAND,
    DRIVERS,
    KEEPING_BOOKS,
    open_dashboard_driver,
    open_driver,
    open_money_driver,
)


@pytest.fixture(params=[driver_id for driver_id, _ in DRIVERS])
def driver_id(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=KEEPING_BOOKS)
def bookkeeper(request: pytest.FixtureRequest) -> Iterator[MoneyDriver]:
    with open_money_driver(str(request.param)) as opened:
        yield opened


@pytest.fixture(params=CHANGED_BY_HAND)
def dashboard(request: pytest.FixtureRequest) -> Iterator[DashboardDriver]:
    with open_dashboard_driver(str(request.param)) as opened:
        yield opened


@pytest.fixture
def driver(driver_id: str) -> Iterator[GatewayDriver]:
    with open_driver(driver_id) as opened:
        yield opened
