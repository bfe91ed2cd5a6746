"""A database that many tests of billing use one after the other."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from tests.support.postgres import fresh_database


@pytest.fixture(scope="session")
def billing_url(postgres_url: str) -> Iterator[str]:
    """Whoever opens a `billing_house` in it empties it first. No test here pulls the plug, so
    commits need not wait for the disk."""
    with fresh_database(postgres_url) as url:
        with psycopg.connect(url, autocommit=True) as admin:
            statement = SQL("ALTER DATABASE {} SET synchronous_commit = off")
            admin.execute(statement.format(Identifier(admin.info.dbname)))
        yield url
