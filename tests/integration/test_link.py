"""The connection that the event loop itself watches, when the server ends it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
import uvloop

from runtime.link import Link, LinkLost

STATEMENTS = {"pid": "SELECT pg_backend_pid()"}


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


class LostAtOnce(Link):
    """Its first connection is broken before anybody watches it."""

    lost = False

    def _open(self) -> psycopg.Connection:
        connection = super()._open()
        if not self.lost:
            self.lost = True
            connection.close()
        return connection


class TestLostSession:
    def test_a_connection_that_breaks_while_it_is_made_is_lost_and_the_next_one_runs(
        self, database_url: str
    ) -> None:
        async def lose_and_go_on() -> None:
            link = LostAtOnce(database_url, STATEMENTS, schema="public")
            with pytest.raises(LinkLost):
                await link.connect()
            await link.connect()
            assert await self._pid(link) > 0
            link.close()

        uvloop.run(lose_and_go_on())

    @pytest.mark.parametrize("attempt", range(5))
    def test_a_statement_that_the_server_never_read_is_lost_and_the_next_one_runs(
        self, database_url: str, attempt: int
    ) -> None:
        async def lose_and_go_on() -> None:
            link = Link(database_url, STATEMENTS, schema="public")
            await link.connect()
            pid = await self._pid(link)
            with stopped(pid):
                asking = asyncio.ensure_future(link.run("pid", []))
                await asyncio.sleep(0.01 * attempt)
                with psycopg.connect(database_url, autocommit=True) as admin:
                    admin.execute("SELECT pg_terminate_backend(%s)", (pid,))
            with pytest.raises(LinkLost):
                await asyncio.wait_for(asking, 5)
            await link.connect()
            assert await self._pid(link) != pid
            link.close()

        uvloop.run(lose_and_go_on())

    async def _pid(self, link: Link) -> int:
        [[pid]] = await link.run("pid", [])
        return int.from_bytes(pid or b"", "big")
