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

from runtime.postgres.pipelined_connection import ConnectionLost, PipelinedConnection

STATEMENTS = {"pid": "SELECT pg_backend_pid()", "size": "SELECT length($1::bytea)::bigint"}
LARGE = 20_000_000


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


async def pid_of(link: PipelinedConnection) -> int:
    [[pid]] = await link.run("pid", [])
    return int.from_bytes(pid or b"", "big")


class LostAtOnce(PipelinedConnection):
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
            with pytest.raises(ConnectionLost):
                await link.connect()
            await link.connect()
            assert await pid_of(link) > 0
            link.close()

        uvloop.run(lose_and_go_on())

    @pytest.mark.parametrize("attempt", range(5))
    def test_a_statement_that_the_server_never_read_is_lost_and_the_next_one_runs(
        self, database_url: str, attempt: int
    ) -> None:
        async def lose_and_go_on() -> None:
            link = PipelinedConnection(database_url, STATEMENTS, schema="public")
            await link.connect()
            pid = await pid_of(link)
            with stopped(pid):
                answer = asyncio.ensure_future(link.run("pid", []))
                await asyncio.sleep(0.01 * attempt)
                with psycopg.connect(database_url, autocommit=True) as admin:
                    admin.execute("SELECT pg_terminate_backend(%s)", (pid,))
            with pytest.raises(ConnectionLost):
                await asyncio.wait_for(answer, 5)
            await link.connect()
            assert await pid_of(link) != pid
            link.close()

        uvloop.run(lose_and_go_on())


class TestLargeStatement:
    def test_it_arrives_whole_and_a_server_that_does_not_read_holds_up_nobody_else(
        self, database_url: str
    ) -> None:
        async def send() -> None:
            link = PipelinedConnection(database_url, STATEMENTS, schema="public")
            await link.connect()
            with stopped(await pid_of(link)):
                answer = asyncio.ensure_future(link.run("size", [b"x" * LARGE]))
                async with asyncio.timeout(5):
                    for _ in range(100):
                        await asyncio.sleep(0)
                assert not answer.done()
            [[size]] = await answer
            assert int.from_bytes(size or b"", "big") == LARGE
            assert await pid_of(link) > 0
            link.close()

        uvloop.run(send())
