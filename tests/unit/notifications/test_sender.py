"""Hosts that answer as they like: too long, too slowly, or elsewhere than was checked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from services.notifications.application.sender import LARGEST_ANSWER, Bounds, Guard, Sender
from services.notifications.domain.delivery import Attempt, Message
from services.notifications.domain.endpoint import HEALTHY, Endpoint
from services.notifications.domain.signature import new_secret

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
MESSAGE = Message("billing", 42, "billing.PlanSubscribed.v1", "acme", "acme", b"{}")
BOUNDS = Bounds(answer=1.0, connect=1.0, drain=0.7)
OK = b"HTTP/1.1 200 OK\r\n"
Answers = Callable[["Host", asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Host:
    """Reads each request and answers by hand, as often as a connection brings one."""

    answers: Answers
    port: int = 0
    connections: int = 0
    written: int = 0
    hosts: list[str] = field(default_factory=list)

    async def write(self, writer: asyncio.StreamWriter, text: bytes) -> None:
        writer.write(text)
        await writer.drain()
        self.written += len(text)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                self.hosts.append(head.partition("host: ")[2].partition("\r\n")[0])
                await reader.readexactly(len(MESSAGE.body))
                await self.answers(self, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


@asynccontextmanager
async def hosted(answers: Answers) -> AsyncIterator[Host]:
    host = Host(answers)
    server = await asyncio.start_server(host.serve, "127.0.0.1", 0)
    host.port = server.sockets[0].getsockname()[1]
    try:
        yield host
    finally:
        server.close()


def at(url: str) -> Endpoint:
    return Endpoint(
        id="we_1",
        url=url,
        description="",
        event_types=("*",),
        secrets=(new_secret(),),
        state="enabled",
        disabled_reason=None,
        health=HEALTHY,
        created_at=NOW,
        changed_at=NOW,
    )


def sender(*addresses: str, private: bool = True) -> Sender:
    """Whose resolver knows one answer after the other, and the last one for ever."""
    left = list(addresses or ("127.0.0.1",))

    def resolve(_: str, __: int) -> list[str]:
        return [left.pop(0) if len(left) > 1 else left[0]]

    return Sender(Guard(private, resolve), lambda: NOW, "tests", BOUNDS)


async def floods(host: Host, writer: asyncio.StreamWriter) -> None:
    await host.write(writer, OK + b"Transfer-Encoding: chunked\r\n\r\n")
    while True:
        await host.write(writer, b"10000\r\n" + b"x" * 0x10000 + b"\r\n")


async def drips_body(host: Host, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(BOUNDS.answer / 2)
    await host.write(writer, OK + b"Content-Length: 1000\r\n\r\n")
    while True:
        await host.write(writer, b"x")
        await asyncio.sleep(0.02)


async def drips_headers(host: Host, writer: asyncio.StreamWriter) -> None:
    await host.write(writer, OK)
    while True:
        await host.write(writer, b"X-Slow: 1\r\n")
        await asyncio.sleep(0.02)


async def floods_headers(host: Host, writer: asyncio.StreamWriter) -> None:
    await host.write(writer, OK)
    while True:
        await host.write(writer, b"X-Long: " + b"x" * 8_000 + b"\r\n")


async def babbles(host: Host, writer: asyncio.StreamWriter) -> None:
    await host.write(writer, b"\x00\xff" * 100 + b"\r\n\r\n")


async def hangs(_: Host, __: asyncio.StreamWriter) -> None:
    await asyncio.sleep(5)


async def takes(host: Host, writer: asyncio.StreamWriter) -> None:
    await host.write(writer, OK + b"Content-Length: 0\r\n\r\n")


async def answered(answers: Answers) -> tuple[Attempt, Host]:
    """By a sender that was at work before: its first request takes longer."""

    async def second(host: Host, writer: asyncio.StreamWriter) -> None:
        await (takes if len(host.hosts) == 1 else answers)(host, writer)

    async with hosted(second) as host:
        sending = sender()
        await sending.send(at(f"http://hooks.test:{host.port}/"), MESSAGE)
        attempt = await sending.send(at(f"http://hooks.test:{host.port}/"), MESSAGE)
        await sending.close()
        return attempt, host


class TestAnswer:
    def test_without_end_was_given_and_is_not_read(self) -> None:
        attempt, host = asyncio.run(answered(floods))
        assert (attempt.verdict, attempt.status) == ("delivered", 200)
        assert host.written < LARGEST_ANSWER + 16 * 1024 * 1024

    def test_that_was_given_in_time_counts_however_slowly_it_goes_on(self) -> None:
        attempt, _ = asyncio.run(answered(drips_body))
        assert (attempt.verdict, attempt.status) == ("delivered", 200)

    @pytest.mark.parametrize(
        "answers", [drips_headers, floods_headers, babbles, hangs], ids=lambda each: each.__name__
    )
    def test_that_is_none_is_a_failure_within_its_time(self, answers: Answers) -> None:
        attempt, _ = asyncio.run(answered(answers))
        assert (attempt.verdict, attempt.status) == ("refused", None)
        assert attempt.latency_ms < 3_000


class TestAddress:
    def test_that_was_checked_is_connected_to_whatever_the_name_says_next(self) -> None:
        async def twice() -> Host:
            async with hosted(takes) as host:
                sending = sender("127.0.0.1", "192.0.2.1")
                for _ in range(2):
                    attempt = await sending.send(at(f"http://hooks.test:{host.port}/"), MESSAGE)
                    assert attempt.verdict == "delivered"
                await sending.close()
                return host

        host = asyncio.run(twice())
        assert host.hosts == [f"hooks.test:{host.port}"] * 2

    def test_that_leads_inside_later_is_not_connected_to(self) -> None:
        async def rebound() -> tuple[Attempt, int]:
            async with hosted(takes) as host:
                sending = sender("127.0.0.1", private=False)
                attempt = await sending.send(at("https://hooks.example/"), MESSAGE)
                await sending.close()
                return attempt, host.connections

        attempt, connections = asyncio.run(rebound())
        assert (attempt.verdict, connections) == ("refused", 0)
        assert attempt.error.startswith("NotAllowed")

    def test_of_another_name_gets_a_connection_of_its_own(self) -> None:
        """A kept one was made, and its certificate checked, for the name before."""

        async def renamed() -> Host:
            async with hosted(takes) as host:
                sending = sender()
                for name in ("one.test", "one.test", "two.test"):
                    await sending.send(at(f"http://{name}:{host.port}/"), MESSAGE)
                await sending.close()
                return host

        host = asyncio.run(renamed())
        assert [each.partition(":")[0] for each in host.hosts] == [
            "one.test",
            "one.test",
            "two.test",
        ]
        assert host.connections == 2
