"""Whether strangers slow down who pays: quota checks alone, and while 200 connections flood.

The flood is anonymous: large bodies, positions that never come, forged webhooks, bad tokens, the
price list. Whoever is disconnected comes back at once. Quiet and flooded turns alternate.
"""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import uvloop
from rich.console import Console
from rich.table import Table

from tests.bench.load import Measured, Target, drive
from tests.support.system import RunningSystem, running_system

CONNECTIONS = 200
CALLERS = 4
TURNS = 3
SECONDS = 5.0
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


def measure(system: RunningSystem) -> tuple[list[Measured], list[Measured], Counter[int]]:
    """The quiet turns, the flooded ones, and what the strangers were answered."""
    token = system.host().token(roles=["service"])
    target = Target("127.0.0.1", system.port, token)
    check = target.request("GET", "/v1/metering/workspaces/acme/can-send-message")

    def turn() -> Measured:
        return drive(target, lambda _: itertools.repeat(check), CALLERS, SECONDS)

    drive(target, lambda _: itertools.repeat(check), CALLERS, 1.0)
    quiet, flooded, seen = [], [], Counter[int]()
    for _ in range(TURNS):
        quiet.append(turn())
        with flood(system.port, seen):
            flooded.append(turn())
    return quiet, flooded, seen


def report(quiet: Sequence[Measured], flooded: Sequence[Measured], seen: Counter[int]) -> bool:
    def median(turns: Sequence[Measured], share: float) -> float:
        return statistics.median(turn.percentile(share) for turn in turns)

    table = Table("turns", "checks/s", "p50 ms", "p99 ms", "p99 against quiet")
    base = median(quiet, 0.99)
    rows: list[tuple[str, Sequence[Measured]]] = [("quiet", quiet), ("flooded", flooded)]
    for name, turns in rows:
        rate = statistics.median(turn.rate for turn in turns)
        late = median(turns, 0.99)
        figures: list[Any] = [f"{rate:,.0f}", f"{median(turns, 0.5):.2f}", f"{late:.2f}"]
        table.add_row(name, *figures, f"{late / base:.2f}")
    Console().print(table, f"strangers were answered {dict(seen)}")
    return median(flooded, 0.99) <= ALLOWED * base


def main() -> int:
    with (
        tempfile.TemporaryDirectory(prefix="bench") as directory,
        running_system(Path(directory), BILLING_JWT_SECRET="s" * 40) as system,
    ):
        return 0 if report(*measure(system)) else 1


if __name__ == "__main__":
    sys.exit(main())
