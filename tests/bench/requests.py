"""Quota checks and exact messages, against a route of the same app and server that does nothing.

The rounds alternate, so that a machine that gets slower does so for all of them.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterator, Sequence

from tests.bench.load import Measured, Requests, Target, drive
from tests.bench.metering_target import MeteringTarget
from tests.bench.result import Result

CONNECTIONS = 32
PROJECTION_OFF = "--no-projection"


def measure(metering: MeteringTarget, quick: bool) -> Sequence[Result]:
    seconds, rounds = (2.0, 3) if quick else (5.0, 5)
    with metering.database() as url, metering.serving(url, PROJECTION_OFF) as running:
        target = running.target
        kinds: dict[str, Requests] = {
            "nothing": _nothing(target),
            "check": _check(target),
            "message": _messages(target),
        }
        measured: dict[str, list[Measured]] = {name: [] for name in kinds}
        for requests in kinds.values():
            drive(target, requests, CONNECTIONS, 1.0)
        for _ in range(rounds):
            for name, requests in kinds.items():
                measured[name].append(drive(target, requests, CONNECTIONS, seconds))
    return [
        *_compared("quota check", measured["check"], measured["nothing"], least=0.9, most=2),
        *_compared("exact message", measured["message"], measured["nothing"], least=0.6, most=4),
    ]


def _compared(
    what: str, ours: list[Measured], base: list[Measured], *, least: float, most: float
) -> list[Result]:
    rate, base_rate = (statistics.median(m.rate for m in found) for found in (ours, base))
    late, base_late = (
        statistics.median(m.percentile(0.99) for m in found) for found in (ours, base)
    )
    return [
        Result(
            f"{what}, 32 connections",
            f"{rate:,.0f}/s",
            f"no-op route {base_rate:,.0f}/s",
            rate / base_rate,
            least=least,
        ),
        Result(
            f"{what}, p99", f"{late:.1f} ms", f"{base_late:.1f} ms", late / base_late, most=most
        ),
    ]


def _nothing(target: Target) -> Requests:
    request = target.request("GET", "/v1/metering/nothing")
    return lambda _: itertools.repeat(request)


def _check(target: Target) -> Requests:
    """Each connection asks for a workspace of its own."""
    return lambda number: itertools.repeat(
        target.request("GET", f"/v1/metering/workspaces/ws{number}/can-start-conversation")
    )


def _messages(target: Target) -> Requests:
    runs = itertools.count()

    def requests(number: int) -> Iterator[bytes]:
        run = next(runs)
        path = f"/v1/metering/workspaces/ws{number}/messages"
        for message in itertools.count():
            yield target.request("POST", path, b'{"id":"%d-%d-%d"}' % (run, number, message))

    return requests
