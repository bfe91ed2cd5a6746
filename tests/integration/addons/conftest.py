"""The add-on service with the sandbox as its gateway."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.addon_house import AddonHouse
from tests.support.addon_premises import Premises, addon_house, premises
from tests.support.postgres import fresh_database
from tests.support.sandbox_driver import stripe_profile


@pytest.fixture(scope="session")
def site(postgres_url: str) -> Iterator[Premises]:
    """Built once, emptied for each test."""
    with fresh_database(postgres_url) as url, premises(url) as opened:
        yield opened


@pytest.fixture
def house(site: Premises) -> Iterator[AddonHouse]:
    with stripe_profile() as driver, addon_house(site, driver) as opened:
        opened.offer()
        yield opened
