"""A load generator in a process of its own: keep-alive connections that ask, wait and ask again.

It speaks just enough HTTP/1.1 to cost little, so that what is measured is the server.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import cast

import uvloop

Requests = Callable[[int], Iterator[bytes]]
INSERTED = b'"status":"inserted"'


@dataclass(frozen=True)
class Target:
    host: str
    port: int
    token: str

    def request(self, method: str, path: str, body: bytes = b"") -> bytes:
        head = (
            f"{method} {path} HTTP/1.1\r\nhost: {self.host}\r\n"
            f"authorization: Bearer {self.token}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


@dataclass
class Measured:
    """`latencies` in seconds; `statuses` counts answers by code, `inserted` the usage events that
    were told to be new."""

    seconds: float
    latencies: list[float]
    statuses: dict[int, int] = field(default_factory=dict)
    inserted: int = 0

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """In milliseconds."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


class _Connection(asyncio.Protocol):
    def __init__(self, requests: Iterator[bytes], until: float, measured: Measured) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._requests = requests
        self._until = until
        self._measured = measured
        self._received = b""
        self._sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def data_received(self, chunk: bytes) -> None:
        self._received += chunk
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        at = self._received.lower().find(b"content-length:")
        length = int(self._received[at + 15 : self._received.find(b"\r", at)])
        if len(self._received) < end + 4 + length:
            return
        status = int(self._received[9:12])
        self._measured.latencies.append(time.perf_counter() - self._sent_at)
        self._measured.statuses[status] = self._measured.statuses.get(status, 0) + 1
        self._measured.inserted += self._received.count(INSERTED, end)
        self._received = b""
        self._send()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)

    def _send(self) -> None:
        request = next(self._requests, None)
        self._sent_at = time.perf_counter()
        if request is None or self._sent_at > self._until:
            self._transport.close()
            return
        self._transport.write(request)


def _given(connection: _Connection) -> _Connection:
    return connection


async def _drive(target: Target, requests: Requests, connections: int, seconds: float) -> Measured:
    loop = asyncio.get_running_loop()
    measured = Measured(0, [])
    started = time.perf_counter()
    opened = [
        _Connection(requests(number), started + seconds, measured) for number in range(connections)
    ]
    for connection in opened:
        await loop.create_connection(partial(_given, connection), target.host, target.port)
    await asyncio.gather(*(connection.done for connection in opened))
    measured.seconds = time.perf_counter() - started
    return measured


def drive(target: Target, requests: Requests, connections: int, seconds: float) -> Measured:
    """Runs in a forked process and returns what it measured."""
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)

    def run() -> None:
        there.send(uvloop.run(_drive(target, requests, connections, seconds)))

    process = context.Process(target=run)
    process.start()
    measured: Measured = here.recv()
    process.join()
    return measured
