"""Liveness and readiness while the threads of requests are all taken."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from runtime.postgres.database import Database
from tests.support.answers import code
from tests.support.tokens import bearer
from tests.support.whole_app import whole_app

ADMIN = bearer("super_admin", subject="root")
PRICING = "/v1/projections/plans"
COMMANDS = 60


@pytest.fixture
def client(database_url: str, tmp_path: Path) -> Iterator[TestClient]:
    with whole_app(database_url, tmp_path) as running:
        yield running


@contextmanager
def locked(database_url: str) -> Iterator[None]:
    """Nobody can write billing's events meanwhile."""
    with Database(database_url, "billing") as database, database.transaction(commit=False) as own:
        own.execute(b"LOCK TABLE billing_events IN ACCESS EXCLUSIVE MODE")
        yield


def commanded(client: TestClient) -> int:
    return client.post("/v1/billing/plans/free/sync", headers=ADMIN).status_code


def timed(client: TestClient, path: str) -> tuple[int, float]:
    started = time.monotonic()
    return client.get(path).status_code, time.monotonic() - started


class TestCommandsBehindALock:
    def test_leave_the_process_alive(self, client: TestClient, database_url: str) -> None:
        with ThreadPoolExecutor(COMMANDS) as callers:
            with locked(database_url):
                sent = [callers.submit(commanded, client) for _ in range(COMMANDS)]
                time.sleep(0.5)
                assert not any(each.done() for each in sent)
                alive, seconds = timed(client, "/healthz")
                ready, bounded = timed(client, "/readyz")
            wait(sent)
        assert (alive, ready) == (200, 503)
        assert seconds < 1
        assert bounded < 2
        assert client.get("/readyz").status_code == 200


class TestWaitingForAPosition:
    def test_without_a_token_nobody_is_waited_for(self, client: TestClient) -> None:
        status, seconds = timed(client, f"{PRICING}?after=billing:999999999999")
        assert status == 409
        assert seconds < 1

    def test_that_the_log_does_not_have_is_refused(self, client: TestClient) -> None:
        unknown = client.get(PRICING, params={"after": "billing:999999999"}, headers=ADMIN)
        assert code(unknown) == (409, "position_unknown")

    def test_a_bad_token_is_not_waited_for_either(self, client: TestClient) -> None:
        refused = client.get(
            PRICING, params={"after": "billing:1"}, headers={"authorization": "Bearer nonsense"}
        )
        assert code(refused) == (401, "unauthenticated")
