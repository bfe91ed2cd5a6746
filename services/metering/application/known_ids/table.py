"""Runs of known ids, compared with the log that they are made of, and made anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from runtime.postgres.database import Cursor, Database
from runtime.process.derived import Drift, Publishers
from services.metering.application.known_ids.upkeep import Upkeep

COVERED = """
SELECT coalesce(max(last), 0) AS last, coalesce(max(adopted), 0) AS adopted,
       coalesce(sum(size), 0)::bigint AS size
  FROM metering_runs WHERE replaced_at IS NULL
"""
STORED = """
SELECT coalesce(sum(length(keys)), 0)::bigint / 12
  FROM metering_run_parts JOIN metering_runs USING (run) WHERE replaced_at IS NULL
"""
IN_BLOCKS = """
SELECT coalesce(max(originator_version), 0) AS number,
       coalesce(sum(count - coalesce(cardinality(refused), 0)), 0)::bigint AS keys
  FROM metering_events
 WHERE originator_id = '00000000-0000-0000-0000-000000000000' AND originator_version <= %s
"""
IN_ROWS = """
SELECT coalesce(max(notification_id), 0) AS newest,
       count(*) FILTER (WHERE notification_id <= %s) AS rows
  FROM metering_events WHERE topic = 'metering.MessageMetered'
"""
ROWS = "SELECT present, last FROM metering_message_rows"
NOTE_ROWS = "UPDATE metering_message_rows SET present = %s, last = %s"


@dataclass(frozen=True)
class KnownIdTables:
    """Equal is: as many keys as the log has up to where the runs say. Which they are is looked at
    all the time, by samples."""

    database: Database
    mended: Callable[[Cursor], object]
    name: str = "metering.known_ids"
    tables: Sequence[str] = ("metering_runs", "metering_run_parts", "metering_message_rows")
    log: str = "metering"
    consumer: str = ""

    def compare(self, _: Publishers) -> Sequence[Drift]:
        last, adopted, size = self._one(COVERED)
        [stored] = self._one(STORED)
        number, keys = self._one(IN_BLOCKS, last)
        newest, rows = self._one(IN_ROWS, adopted)
        found = [
            *_differ("metering_runs", (number, keys + rows), (last, size)),
            *_differ("metering_run_parts", (keys + rows,), (stored,)),
        ]
        present, known = self._one(ROWS)
        return [*found, *_differ("metering_message_rows", (newest,), (known if present else 0,))]

    def repair(self, publishers: Publishers, *, rewind: bool = False) -> int:  # noqa: ARG002
        drift = self.compare(publishers)
        if drift:
            newest, _ = self._one(IN_ROWS, 0)
            self.database.execute(NOTE_ROWS, (newest > 0, newest))
            Upkeep(self.database).make_anew()
            with self.database.transaction(commit=True) as cursor:
                self.mended(cursor)
        return len(drift)

    def _one(self, query: str, *parameters: object) -> Sequence[int]:
        with self.database.transaction() as cursor:
            self.database.take_time(cursor)
            [row] = cursor.execute(query.encode(), parameters).fetchall()
        return list(row.values())


def _differ(table: str, expected: tuple[int, ...], stored: tuple[int, ...]) -> list[Drift]:
    if expected == stored:
        return []
    return [Drift(table, 1, 1, [str(expected)], [str(stored)])]
