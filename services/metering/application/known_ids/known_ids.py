"""The keys of all blocks that this process has seen."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence

import structlog

from runtime.postgres import binary_arrays
from runtime.postgres.database import Database
from runtime.postgres.pipelined_connection import PipelinedConnection
from runtime.process.failed_items import FAILED
from services.metering.application.known_ids.keys import Keys
from services.metering.application.known_ids.recent_keys import RecentKeys
from services.metering.application.known_ids.runs import RunGone, Runs, load
from services.metering.application.known_ids.upkeep import RUN_SIZE

log = structlog.get_logger()
WORK = "metering.known_ids"
STATEMENTS = {
    "run_parts": """
        SELECT wanted.run, wanted.part, parts.keys
          FROM unnest($1::bigint[], $2::int[]) AS wanted(run, part)
          JOIN metering_run_parts parts ON parts.run = wanted.run AND parts.part = wanted.part
    """,
}
SAMPLE = """
SELECT array_send(keys), rest, refused FROM metering_events
 WHERE originator_id = '00000000-0000-0000-0000-000000000000' AND originator_version = %s
"""


class KnownIds:
    """`add` and `find` are called in the event loop, by one task; `refresh` from any thread."""

    def __init__(self, database: Database, generation: int = RUN_SIZE) -> None:
        self._database = database
        self._generation = generation
        self._runs = Runs()
        self._recent: list[tuple[RecentKeys, list[int]]] = []

    @property
    def upto(self) -> int:
        """The block up to which all keys are in runs."""
        return self._runs.upto

    def refresh(self) -> None:
        """Takes over the runs that somebody made meanwhile, and looks whether they hold what they
        should: a filter that lost a bit would count an id twice."""
        runs = load(self._database, self._runs)
        if lost := self._lost(runs):
            FAILED.labels(WORK).inc()
            log.error("known_ids_lost", keys=lost, upto=runs.upto)
            runs = load(self._database, Runs())
        self._runs = runs

    def _lost(self, runs: Runs) -> int:
        """How many keys of a block, chosen by chance, are in no filter."""
        if not runs.upto:
            return 0
        rows = self._database.tuples(SAMPLE, (1 + secrets.randbelow(runs.upto),))
        return sum(runs.lost(Keys.read(high, low).without(gone or ())) for high, low, gone in rows)

    def forget(self) -> None:
        self._runs, self._recent = Runs(), []

    def add(self, block: int, keys: Keys) -> None:
        """Those of the block behind the last that was added."""
        if not self._recent or len(self._recent[-1][0]) >= self._generation:
            self._recent.append((RecentKeys(), [block]))
        recent, last = self._recent[-1]
        recent.add(keys)
        last[0] = block

    async def find(
        self, connection: PipelinedConnection, packed: Sequence[bytes], keys: Keys
    ) -> set[int]:
        """Indexes of those that are known. Raises ConnectionLost."""
        while True:
            runs = self._runs
            while self._recent and self._recent[0][1][0] <= runs.upto:
                self._recent.pop(0)
            found: set[int] = set()
            for recent, _ in self._recent:
                found |= recent.find(packed, keys)
            try:
                return found | await _look_up(connection, runs, keys)
            except RunGone:
                await asyncio.to_thread(self.refresh)


async def _look_up(connection: PipelinedConnection, runs: Runs, keys: Keys) -> set[int]:
    """Those that a filter takes for known, in the parts of its run. Raises RunGone."""
    wanted: dict[tuple[int, int], list[int]] = {}
    for index, run, part in runs.suspects(keys):
        wanted.setdefault((run, part), []).append(index)
    if not wanted:
        return set()
    rows = await connection.run(
        "run_parts",
        [
            binary_arrays.int8_array([run for run, _ in wanted]),
            binary_arrays.int4_array([part for _, part in wanted]),
        ],
    )
    if len(rows) < len(wanted):
        raise RunGone
    found: set[int] = set()
    for row in rows:
        indexes = wanted[binary_arrays.read_int8(row[0]), int.from_bytes(row[1] or b"")]
        held = Keys.unpacked(row[2] or b"").find(keys.taken(indexes))
        found.update(indexes[index] for index in held)
    return found
