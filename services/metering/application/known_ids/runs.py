"""Keys that are not recent: sorted runs in the database, and a filter of each in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from runtime.postgres.database import Database
from services.metering.application.known_ids.filter import Filter
from services.metering.application.known_ids.keys import Keys

PARTS_AT_ONCE = 64
LIST = "SELECT run, size, bits, last FROM metering_runs WHERE replaced_at IS NULL ORDER BY run"
PARTS = """
SELECT keys FROM metering_run_parts WHERE run = %s AND part >= %s AND part < %s ORDER BY part
"""


class RunGone(Exception):
    """It was merged into another and deleted: look again which there are."""


@dataclass(frozen=True, slots=True)
class Run:
    """Never changes. `last` is the block up to which all keys are in it or in earlier runs."""

    number: int
    size: int
    bits: int
    last: int
    filter: Filter = field(repr=False, compare=False)

    def part_of(self, high: int) -> int:
        return high >> (64 - self.bits)


@dataclass(frozen=True, slots=True)
class Runs:
    """Those that hold the keys of all blocks up to `upto`."""

    runs: tuple[Run, ...] = ()

    @property
    def upto(self) -> int:
        return max((run.last for run in self.runs), default=0)

    def suspects(self, keys: Keys) -> list[tuple[int, int, int]]:
        """Index, run and part of each key that may be known."""
        return [
            (index, run.number, run.part_of(int(keys.high[index])))
            for run in self.runs
            for index in np.flatnonzero(run.filter.may_hold(keys.high)).tolist()
        ]

    def lost(self, keys: Keys) -> int:
        """How many of them, which are in one of these runs, no filter holds."""
        found = np.zeros(len(keys), dtype=np.bool_)
        for run in self.runs:
            found |= run.filter.may_hold(keys.high)
        return len(keys) - int(np.count_nonzero(found))


def load(database: Database, known: Runs) -> Runs:
    """The present ones; what is known of them already is not read again."""
    while True:
        loaded = {run.number: run for run in known.runs}
        try:
            return Runs(
                tuple(
                    loaded.get(number) or _read(database, number, size, bits, last)
                    for number, size, bits, last in database.tuples(LIST, ())
                )
            )
        except RunGone:
            continue


def _read(database: Database, run: int, size: int, bits: int, last: int) -> Run:
    """Raises RunGone."""
    made, found = Filter(size), 0
    for start in range(0, 1 << bits, PARTS_AT_ONCE):
        keys = keys_of_parts(database, run, start, start + PARTS_AT_ONCE)
        made.add(keys.high)
        found += len(keys)
    if found != size:
        raise RunGone(run)
    return Run(run, size, bits, last, made)


def keys_of_parts(database: Database, run: int, first: int, end: int) -> Keys:
    rows = database.tuples(PARTS, (run, first, end))
    return Keys.unpacked(b"".join(row[0] for row in rows))


def cut(keys: Keys, bits: int, first: int = 0, end: int = 0) -> Iterator[Keys]:
    """Sorted keys of these parts of 2 ^ bits, by their upper bits; of all by default."""
    borders: NDArray[np.uint64] = np.arange(first + 1, end or 1 << bits, dtype=np.uint64)
    places = np.searchsorted(keys.high, borders << np.uint64(64 - bits)).tolist() if bits else []
    for start, stop in pairwise([0, *places, len(keys)]):
        yield Keys(keys.high[start:stop], keys.low[start:stop])
