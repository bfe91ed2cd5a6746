"""Fixtures of the tests that need real servers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.kafka import broker, kafka, kafka_bootstrap
from tests.support.postgres import fresh_database

__all__ = ["broker", "kafka", "kafka_bootstrap"]


@pytest.fixture(scope="session")
def billing_url(postgres_url: str) -> Iterator[str]:
    """One database for all billing houses of a worker: each empties it, which is quicker than a
    new one."""
    with fresh_database(postgres_url) as url:
        yield url
