"""Every contract test of the gateway port runs over every registered adapter."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.gateway_driver import GatewayDriver
from tests.support.gateway_drivers import DRIVERS, open_driver


@pytest.fixture(params=[driver_id for driver_id, _ in DRIVERS])
def driver_id(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def driver(driver_id: str) -> Iterator[GatewayDriver]:
    with open_driver(driver_id) as opened:
        yield opened
