"""Fixtures of the tests that need real servers."""

from collections.abc import Iterator

import pytest

from tests.support.audit_client import audited, auditor
from tests.support.billing_fixtures import billing, billing_url
from tests.support.kafka import broker, kafka, kafka_bootstrap
from tests.support.pipeline import pipeline
from tests.support.postgres import cloned_database, fresh_database
from tests.support.whole_app import migrated

__all__ = [
    "audited",
    "auditor",
    "billing",
    "billing_url",
    "broker",
    "kafka",
    "kafka_bootstrap",
    "pipeline",
]


@pytest.fixture(scope="session")
def all_tables(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database to be cloned."""
    with fresh_database(postgres_url) as url:
        migrated(url, tmp_path_factory.mktemp("all-tables"))
        yield url


@pytest.fixture
def migrated_url(postgres_url: str, all_tables: str) -> Iterator[str]:
    """A database of this test's own with the tables of the whole system."""
    with cloned_database(postgres_url, all_tables) as url:
        yield url
