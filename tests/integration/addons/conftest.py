"""The add-on service with the sandbox as its gateway."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.addon_house import AddonHouse, addon_house
from tests.support.sandbox_driver import stripe_profile


@pytest.fixture
def house(database_url: str) -> Iterator[AddonHouse]:
    with stripe_profile() as driver, addon_house(database_url, driver) as opened:
        opened.offer()
        yield opened
