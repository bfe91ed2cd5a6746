"""Everything in one process, as `billing run` starts it: the same messages and batches, ordinary
reads and commands, stored bytes, memory."""

from __future__ import annotations

import itertools
import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import psycopg

from runtime.postgres import embedded_server
from tests.bench.load import Measured, Requests, Target
from tests.bench.peers import REDIS, limiter_on_redis, no_op_and_sql
from tests.bench.requests import CONNECTIONS, no_op
from tests.bench.result import Result, single
from tests.bench.turns import Load, Measurements, compared, in_turns, percentiles, rates
from tests.bench.usage import batches, checks, messages
from tests.support.metering_caller import SECRET
from tests.support.system import RunningSystem, running_system

EVENTS_FOR_BYTES = 100_000
PLENTY = 10**9


def measure(quick: bool) -> Sequence[Result]:
    seconds, turns = (1.5, 3) if quick else (3.0, 5)
    with ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="bench"))
        system = stack.enter_context(running_system(Path(directory), BILLING_JWT_SECRET=SECRET))
        server = embedded_server.start(system.directory / "data" / "postgres")
        peers = {"no-op": no_op(stack.enter_context(no_op_and_sql(server)))}
        if REDIS:
            redis = stack.enter_context(limiter_on_redis())
            peers["redis"] = Load(redis, partial(messages, redis, ""), CONNECTIONS, events=1)
        prepare(system)
        found = in_turns({**peers, **loads_of(system)}, turns, seconds)
        results = [*_hot(found["no-op"], found), *_beside_redis(found), *_ordinary(found)]
        results += [_ingest(system, size, turns, seconds) for size in (100, 1_000)]
        return [*results, _stored_bytes(system, server), _resident(system)]


def prepare(system: RunningSystem) -> None:
    """Quotas that are never reached, and a plan to assign."""
    host = system.host()
    admin = host.token(roles=["super_admin"])
    unlimited = {"monthly_conversations": PLENTY, "monthly_messages": PLENTY}
    plan = {"name": "Plenty", "slug": "plenty", "price_cents": 0, "monthly_conversations": PLENTY}
    host.command("POST", "/v1/billing/plans", admin, "plenty", plan)
    changed = host.send("PATCH", "/v1/billing/plans/free", admin, json=unlimited)
    assert changed.status_code == 200, changed.text


def loads_of(system: RunningSystem) -> dict[str, Load]:
    host = system.host()
    service = Target("127.0.0.1", system.port, host.token(roles=["service"]))
    admin = Target("127.0.0.1", system.port, host.token(roles=["super_admin"]))
    return {
        "check": Load(service, partial(checks, service), CONNECTIONS),
        "message": Load(service, partial(messages, service), CONNECTIONS, events=1),
        "subscription": Load(admin, partial(_subscriptions, admin), 8),
        "plan": Load(admin, partial(_assignments, admin), 8),
    }


def _subscriptions(target: Target) -> Requests:
    return lambda number: itertools.repeat(
        target.request("GET", f"/v1/projections/workspaces/ws{number}/subscription")
    )


def _assignments(target: Target) -> Requests:
    """Each connection puts a workspace of its own on one plan and back."""

    def requests(number: int) -> Iterator[bytes]:
        path = f"/v1/billing/workspaces/assigned-{number}/plan"
        for plan in itertools.cycle(("plenty", "free")):
            yield target.request("PUT", path, json.dumps({"plan": plan}).encode())

    return requests


def _hot(nothing: Sequence[Measured], found: Measurements) -> list[Result]:
    return [
        *compared("all in one: check", found["check"], nothing, "FastAPI no-op"),
        *compared("all in one: message", found["message"], nothing, "FastAPI no-op"),
    ]


def _beside_redis(found: Measurements) -> list[Result]:
    if "redis" not in found:
        print("no redis-server here: the row of the durable limiter is left out")
        return []
    peer = "durable limiter on Redis"
    return compared("all in one: message", found["message"], found["redis"], peer, least=1.2)


def _ordinary(found: Measurements) -> list[Result]:
    read, put = found["subscription"], found["plan"]
    late = percentiles(put, 0.99)
    name = "all in one: PUT plan, 8 connections"
    return [
        Result("all in one: subscription, 8 connections", rates(read), "/s", least=4_000),
        Result(name, rates(put), "/s", least=500),
        Result(f"{name}, p99", late, " ms", most=50),
    ]


def _ingest(system: RunningSystem, size: int, turns: int, seconds: float) -> Result:
    """By itself: what the read models have to catch up with would burden others' turns."""
    load, found = _batches(system, size), []
    for _ in range(turns):
        found.append(load.drive(seconds))
        _caught_up(system)
    return Result(f"all in one: ingest, {size:,} a request", rates(found, size), " events/s")


def _batches(system: RunningSystem, size: int) -> Load:
    target = Target("127.0.0.1", system.port, system.host().token(roles=["service"]))
    return Load(target, partial(batches, target, size), 8, events=size)


def _stored_bytes(system: RunningSystem, server: str) -> Result:
    """An event's share of what grows with it: log, ids, and the audit trail that has caught up."""
    _caught_up(system)
    before = _size(server)
    load, stored = _batches(system, 1_000), 0
    while stored < EVENTS_FOR_BYTES:
        stored += load.drive(0.5).inserted
    _caught_up(system)
    grown = _size(server) - before
    return Result(
        "stored bytes an event, log, ids and audit", single(grown / stored), " B", most=200
    )


def _caught_up(system: RunningSystem) -> None:
    deadline = time.monotonic() + 300
    while any(system.http.get("/readyz").json()["lag"].values()):
        assert time.monotonic() < deadline, "the read models don't catch up"
        time.sleep(0.2)


def _size(server: str) -> int:
    with psycopg.connect(server) as connection:
        row = connection.execute(
            "SELECT sum(pg_total_relation_size(oid)) FROM pg_class "
            "WHERE relkind = 'r' AND relnamespace::regnamespace::text IN "
            "('metering', 'projections')"
        ).fetchone()
    assert row is not None
    return int(row[0])


def _resident(system: RunningSystem) -> Result:
    return Result("all in one: resident", single(system.resident_megabytes), " MB")
