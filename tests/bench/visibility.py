"""From the answer that says stored to the read model that counts it, at 200 messages a second."""

from __future__ import annotations

import time
from collections.abc import Sequence

import httpx
import psycopg

from tests.bench.metering_target import Running, database, postgres, serving
from tests.bench.result import Result, single
from tests.support.metering_caller import service_token

RATE = 200.0
POSITION = (
    "SELECT sequence FROM projections.positions "
    "WHERE consumer = 'usage_counters' AND service = 'metering'"
)


def measure(quick: bool) -> Sequence[Result]:
    with postgres() as server, database(server) as url, serving(url) as running:
        delays = sorted(_delays(running, 400 if quick else 2_000))
    median = delays[len(delays) // 2] * 1000
    late = delays[int(len(delays) * 0.99)] * 1000
    return [
        Result("commit → counted, p50", single(median), " ms", most=10),
        Result("commit → counted, p99", single(late), " ms", most=50),
    ]


def _delays(running: Running, messages: int) -> list[float]:
    """Sends at the rate; after each answer asks the read model's database until it is there."""
    headers = {"authorization": f"Bearer {service_token()}"}
    found = []
    with (
        httpx.Client(base_url=running.process.origin, headers=headers) as host,
        psycopg.connect(running.database_url, autocommit=True) as reader,
    ):
        for number in range(messages):
            started = time.perf_counter()
            answer = host.post("/v1/metering/workspaces/acme/messages", json={"id": str(number)})
            position = int(answer.headers["x-event-position"].partition(":")[2])
            found.append(_wait(reader, position))
            time.sleep(max(0.0, 1 / RATE - (time.perf_counter() - started)))
    return found


def _wait(reader: psycopg.Connection, position: int) -> float:
    answered = time.perf_counter()
    while True:
        row = reader.execute(POSITION, prepare=True).fetchone()
        if row is not None and row[0] >= position:
            return time.perf_counter() - answered
