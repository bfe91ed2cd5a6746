"""The add-on service with the sandbox as its gateway."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.addon_environment import AddonEnvironment, addon_environment, addon_service
from tests.support.addon_service import AddonService
from tests.support.postgres import fresh_database
from tests.support.sandbox_driver import stripe_profile


@pytest.fixture(scope="session")
def site(postgres_url: str) -> Iterator[AddonEnvironment]:
    """Built once, emptied for each test."""
    with fresh_database(postgres_url) as url, addon_environment(url) as opened:
        yield opened


@pytest.fixture
def addons(site: AddonEnvironment) -> Iterator[AddonService]:
    with stripe_profile() as driver, addon_service(site, driver) as opened:
        opened.offer()
        yield opened
