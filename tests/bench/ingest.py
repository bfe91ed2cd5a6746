"""Batch ingest of metering alone against binary COPY, and with a long history behind it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from tests.bench.binary_copy import BinaryCopy
from tests.bench.metering_target import Running, database, postgres, serving
from tests.bench.result import Result, Spread
from tests.bench.turns import Load, ratios
from tests.bench.usage import batches

CONNECTIONS = 8
SIZES = (1, 10, 100, 1_000)
LEAST = {1_000: 1.2}


def measure(quick: bool) -> Sequence[Result]:
    seconds, turns = (1.5, 3) if quick else (3.0, 5)
    found: dict[int, list[float]] = {size: [] for size in SIZES}
    copied = []
    with (
        postgres() as server,
        database(server) as url,
        serving(url, "--no-projection") as running,
        BinaryCopy(server) as copy,
    ):
        load(running, 1_000).drive(1.0)
        for _ in range(turns):
            for size in SIZES:
                found[size].append(load(running, size).drive(seconds).rate * size)
            copied.append(copy.rate())
    return [
        Result(
            f"ingest, {size:,} a request, 8 connections / binary COPY",
            ratios(found[size], copied),
            least=LEAST.get(size),
            details=f"{Spread.of(found[size]).median:,.0f} events/s, "
            f"{Spread.of(copied).median:,.0f} rows/s",
        )
        for size in SIZES
    ]


def measure_growth(quick: bool) -> Sequence[Result]:
    """Both parts of each turn in one process: COPY, and ingest behind a million known ids (ten
    million take as long as all the rest: `KNOWN` is theirs to change)."""
    known, turns = (200_000, 3) if quick else (KNOWN, 5)
    with (
        postgres() as server,
        database(server) as url,
        serving(url, "--no-projection") as running,
        BinaryCopy(server) as copy,
    ):
        few = [load(running, 1_000).drive(1.0).rate * 1_000 for _ in range(turns)]
        stored = _fill(running, known)
        many, copied = [], []
        for _ in range(turns):
            many.append(load(running, 1_000).drive(2.0).rate * 1_000)
            copied.append(copy.rate())
    details = f"{Spread.of(many).median:,.0f} events/s; empty {Spread.of(few).median:,.0f}"
    name = f"ingest, 1,000 a request, {stored / 1e6:.1f} M known ids / "
    return [
        Result(f"{name}binary COPY", ratios(many, copied), least=1.0, details=details),
        Result(f"{name}hardly any known", ratios(many, few), least=0.7, details=details),
    ]


KNOWN = 1_000_000


def _fill(running: Running, events: int) -> int:
    stored = 0
    while stored < events:
        stored += load(running, 1_000).drive(2.0).inserted
    return stored


def load(running: Running, size: int) -> Load:
    target = running.target
    return Load(target, partial(batches, target, size), CONNECTIONS, events=size)
