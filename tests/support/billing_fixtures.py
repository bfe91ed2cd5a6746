"""Billing at a gateway of a chosen kind, in a database that many tests use one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from tests.support.billing_service import BillingService, billing_service
from tests.support.gateway_drivers import open_driver
from tests.support.postgres import fresh_database


@pytest.fixture(scope="session")
def billing_url(postgres_url: str) -> Iterator[str]:
    """Whoever opens a `billing_service` in it empties it first. No test here pulls the plug, so
    commits need not wait for the disk."""
    with fresh_database(postgres_url) as url:
        with psycopg.connect(url, autocommit=True) as admin:
            statement = SQL("ALTER DATABASE {} SET synchronous_commit = off")
            admin.execute(statement.format(Identifier(admin.info.dbname)))
        yield url


@pytest.fixture
def billing(request: pytest.FixtureRequest, billing_url: str) -> Iterator[BillingService]:
    """At the sandbox as Stripe, unless the test is parametrised with another kind."""
    kind = getattr(request, "param", "sandbox-stripe")
    with ExitStack() as stack:
        driver = stack.enter_context(open_driver(kind))
        drivers = {driver.gateway.name: driver}
        yield stack.enter_context(billing_service(billing_url, drivers))
