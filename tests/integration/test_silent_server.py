"""A database server that takes connections and never says a word, as one that just died may."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator

import pytest

from runtime.postgres.database import Database, OperationalError
from runtime.postgres.pipelined_connection import ConnectionLost, PipelinedConnection
from runtime.process.leadership import Leadership

pytestmark = pytest.mark.slow
BOUND = 20.0


@pytest.fixture
def silent_url() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0), backlog=16) as server:
        port = server.getsockname()[1]
        yield f"postgresql://postgres@127.0.0.1:{port}/postgres?sslmode=disable"


class TestSilentServer:
    def test_a_link_gives_up(self, silent_url: str) -> None:
        started = time.monotonic()
        with pytest.raises(ConnectionLost):
            asyncio.run(PipelinedConnection(silent_url, {}, schema="metering").connect())
        assert time.monotonic() - started < BOUND

    def test_a_pool_gives_up(self, silent_url: str) -> None:
        started = time.monotonic()
        with Database(silent_url, "billing") as database, pytest.raises(OperationalError):
            database.rows("SELECT 1")
        assert time.monotonic() - started < BOUND

    def test_nobody_leads(self, silent_url: str) -> None:
        started = time.monotonic()
        assert not Leadership(silent_url, "sweep").hold()
        assert time.monotonic() - started < BOUND
