"""Whether strangers slow down who pays: quota checks alone, and while 200 connections flood.

The flood is anonymous: large bodies, positions that never come, forged webhooks, bad tokens, the
price list. Whoever is disconnected comes back at once. Quiet and flooded turns alternate.
"""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.synchronize import Event
from pathlib import Path

import uvloop

from tests.bench.load import Target
from tests.bench.result import Result
from tests.bench.turns import Load, compared
from tests.support.metering_caller import SECRET
from tests.support.system import running_system

CONNECTIONS = 200
CALLERS = 4
ALLOWED = 3.0
BODY = b"[]," * 350_000


def strangers() -> Sequence[bytes]:
    """A request of each kind."""
    large = b"content-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(BODY)
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    chunked = b"transfer-encoding: chunked\r\n\r\n" + chunk * 8 + b"0\r\n\r\n"
    empty = b"content-length: 2\r\n\r\n{}"
    return [
        b"POST /v1/billing/plans HTTP/1.1\r\nhost: x\r\n" + large + BODY,
        b"POST /v1/metering/events HTTP/1.1\r\nhost: x\r\n" + large + BODY,
        b"POST /v1/billing/plans HTTP/1.1\r\nhost: x\r\n" + chunked,
        b"GET /v1/projections/plans?after=billing:999999999999 HTTP/1.1\r\nhost: x\r\n\r\n",
        b"POST /webhooks/sandbox HTTP/1.1\r\nhost: x\r\nsandbox-signature: t=1,v1=00\r\n" + empty,
        b"GET /v1/billing/gateways HTTP/1.1\r\nhost: x\r\nauthorization: Bearer a.b.c\r\n\r\n",
        b"GET /v1/projections/plans HTTP/1.1\r\nhost: x\r\n\r\n",
    ]


async def _strange(port: int, request: bytes, over: Event, seen: Counter[int]) -> None:
    while not over.is_set():
        with suppress(OSError, asyncio.IncompleteReadError, ValueError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                while not over.is_set():
                    writer.write(request)
                    head = await reader.readuntil(b"\r\n\r\n")
                    at = head.lower().find(b"content-length:")
                    length = int(head[at + 15 : head.find(b"\r", at)]) if at > 0 else 0
                    await reader.readexactly(length)
                    seen[int(head[9:12])] += 1
            finally:
                writer.close()


async def _flood(port: int, over: Event) -> Counter[int]:
    seen: Counter[int] = Counter()
    kinds = itertools.islice(itertools.cycle(strangers()), CONNECTIONS)
    tasks = [asyncio.create_task(_strange(port, kind, over, seen)) for kind in kinds]
    while not over.is_set():
        await asyncio.sleep(0.05)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return seen


@contextmanager
def flood(port: int, seen: Counter[int]) -> Iterator[None]:
    """In a process of its own."""
    context = multiprocessing.get_context("fork")
    over, (here, there) = context.Event(), context.Pipe(duplex=False)

    def run() -> None:
        there.send(uvloop.run(_flood(port, over)))

    process = context.Process(target=run)
    process.start()
    try:
        yield
    finally:
        over.set()
        seen.update(here.recv())
        process.join()


def measure(quick: bool) -> Sequence[Result]:
    """Quiet and flooded turns, and what the strangers were answered."""
    turns, seconds, seen = (2, 2.0, Counter[int]()) if quick else (3, 5.0, Counter[int]())
    with (
        tempfile.TemporaryDirectory(prefix="bench") as directory,
        running_system(Path(directory), BILLING_JWT_SECRET=SECRET) as system,
    ):
        token = system.host().token(roles=["service"])
        target = Target("127.0.0.1", system.port, token)
        check = target.request("GET", "/v1/metering/workspaces/acme/can-send-message")
        load = Load(target, lambda: lambda _: itertools.repeat(check), CALLERS)
        load.drive(1.0)
        quiet, flooded = [], []
        for _ in range(turns):
            quiet.append(load.drive(seconds))
            with flood(system.port, seen):
                flooded.append(load.drive(seconds))
    print(f"strangers were answered {dict(seen)}")
    return compared("check while 200 flood", flooded, quiet, "quiet", p99_most=ALLOWED)
