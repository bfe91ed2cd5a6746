"""Liveness and readiness while the threads of requests are all taken."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient

from deploy.composition import Composition
from deploy.probes import Answer, Check, Readiness
from deploy.process import Process
from deploy.settings import Settings
from runtime.kafka import KafkaUnavailable
from runtime.postgres.database import Database
from runtime.process.leadership import Leadership
from runtime.web.server import GracefulServer
from tests.support.answers import code
from tests.support.postgres import cloned_database
from tests.support.tokens import bearer
from tests.support.waiting import wait_until
from tests.support.whole_app import as_url, whole_app

ADMIN = bearer("super_admin", subject="root")
PRICING = "/v1/projections/plans"
COMMANDS = 60


@pytest.fixture(scope="module")
def shared_url(postgres_url: str, all_tables: str) -> Iterator[str]:
    with cloned_database(postgres_url, all_tables) as url:
        yield url


@pytest.fixture(scope="module")
def client(shared_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with whole_app(shared_url, tmp_path_factory.mktemp("probed")) as running:
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
    def test_leave_the_process_alive(self, client: TestClient, shared_url: str) -> None:
        with ThreadPoolExecutor(COMMANDS) as callers:
            with locked(shared_url):
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


class TestReadiness:
    def test_names_what_does_not_answer_and_does_not_wait_for_it(self) -> None:
        release = threading.Event()

        def hangs() -> Answer:
            release.wait(10)
            return Answer()

        def breaks() -> Answer:
            raise KafkaUnavailable("no broker")

        checks = [
            Check("database.billing", hangs),
            Check("kafka", breaks, required=False),
            Check("orders", lambda: Answer(lag={"orders": 3})),
        ]
        started = time.monotonic()
        shown = asyncio.run(_asked(checks, release))
        assert time.monotonic() - started < 2
        assert shown == {
            "ready": False,
            "lag": {"orders": 3},
            "parked": {},
            "problems": {"database.billing": "no answer within 0.8 s"},
            "degraded": {"kafka": "not reachable"},
        }

    def test_says_that_the_schema_is_missing(self, migrated_url: str, tmp_path: Path) -> None:
        with whole_app(migrated_url, tmp_path) as client:
            with psycopg.connect(migrated_url) as connection:
                connection.execute("ALTER SCHEMA addons RENAME TO elsewhere")
            answer = client.get("/readyz")
            with psycopg.connect(migrated_url) as connection:
                connection.execute("ALTER SCHEMA elsewhere RENAME TO addons")
            assert answer.status_code == 503
            told = answer.json()["problems"]
            assert told["database.addons"] == "the schema is not migrated: run `billing migrate`"
            assert "database.billing" not in told

    def test_turns_before_the_process_ends(self, migrated_url: str, tmp_path: Path) -> None:
        settings = Settings.model_validate({"env": "test", "data_dir": tmp_path})
        named = settings.model_copy(update={"database_url": as_url(migrated_url)})
        composition = Composition(named)
        composition.migrate()
        process = Process(composition, serve=["addons"])
        with TestClient(process.app()) as client:
            wait_until(lambda: client.get("/readyz").status_code == 200, "it is ready")
            process.end()
            assert client.get("/readyz").json()["problems"] == {"process": "ending"}
            assert client.get("/healthz").status_code == 200


async def _asked(checks: list[Check], release: threading.Event) -> dict[str, Any]:
    try:
        return await Readiness(checks).health()
    finally:
        release.set()


class TestGracefulServer:
    def test_goes_on_listening_until_others_have_heard(self) -> None:
        told: list[str] = []
        server = GracefulServer(uvicorn.Config(FastAPI()), 0.2, lambda: told.append("ending"))
        server.handle_exit(signal.SIGTERM, None)
        assert (told, server.should_exit) == (["ending"], False)
        wait_until(lambda: server.should_exit, "it takes no more")

    def test_asked_again_it_does_not_wait(self) -> None:
        server = GracefulServer(uvicorn.Config(FastAPI()), 60, lambda: None)
        for _ in range(2):
            server.handle_exit(signal.SIGTERM, None)
        assert server.should_exit


class TestConnections:
    def test_all_leaderships_of_a_process_are_on_one(self, database_url: str) -> None:
        first, second, rival = (Leadership(database_url, name) for name in ("a", "b", "a"))
        assert (first.hold(), second.hold(), rival.hold()) == (True, True, False)
        with psycopg.connect(database_url, autocommit=True) as connection:
            assert connection.execute(NAMES).fetchall() == [("billing leadership",)]
            first.release()
            assert (rival.hold(), second.hold()) == (True, True)
            for each in (second, rival):
                each.release()
            wait_until(lambda: not connection.execute(NAMES).fetchall(), "it is left")


NAMES = """
SELECT application_name FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
