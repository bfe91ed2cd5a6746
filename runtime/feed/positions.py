"""How far each consumer has come, kept in the same database as what it writes."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from runtime.feed.feed import Log, Position, Step
from runtime.postgres.database import Cursor, Database, Row
from runtime.postgres.migrations import Migrations, Schema

CATCH_UP_LOOKS = 0.01
POSITION_TABLES = Migrations("positions", Path(__file__).parent / "migrations" / "positions")

ADVANCE = """
UPDATE positions SET sequence = step.sequence, "offset" = step.next_offset,
                     recorded_of = step.sequence, recorded_at = step.recorded_at,
                     updated_at = clock_timestamp()
FROM unnest(%s::text[], %s::int[], %s::bigint[], %s::bigint[], %s::timestamptz[],
            %s::bigint[], %s::bigint[], %s::timestamptz[])
     AS step (service, partition, was, was_offset, was_at, sequence, next_offset, recorded_at)
WHERE consumer = %s AND positions.service = step.service
  AND positions.partition = step.partition
  AND positions.sequence = step.was AND positions."offset" = step.was_offset
  AND (step.was_at IS NULL OR recorded_of IS DISTINCT FROM step.was
       OR positions.recorded_at IS NULL OR positions.recorded_at = step.was_at)
"""


PUT = """
UPDATE positions SET sequence = %s, recorded_of = %s, recorded_at = %s,
                     updated_at = clock_timestamp()
WHERE consumer = %s AND service = %s
"""


INSERT = """
INSERT INTO positions
    (consumer, service, partition, sequence, recorded_of, recorded_at, "offset")
SELECT %s, %s, number, %s, %s, %s, 0 FROM generate_series(0, %s) AS number
"""


OF_CONSUMER = """
SELECT service, partition, sequence, "offset",
       CASE WHEN recorded_of = sequence THEN recorded_at END AS recorded_at
  FROM positions WHERE consumer = %s
"""


REACHED = """
SELECT coalesce(min(sequence), 0) AS sequence,
       EXISTS (SELECT FROM parked_events
                WHERE consumer = %(consumer)s AND service = %(service)s) AS but_parked
  FROM positions WHERE consumer = %(consumer)s AND service = %(service)s
"""


@dataclass(frozen=True, slots=True)
class Reached:
    """The sequence up to which every event of a service was dealt with, whatever its key:
    applied, or parked when `but_parked`."""

    sequence: int
    but_parked: bool


class PartitionsChanged(Exception):
    """The feed is cut into another number of logs than the stored positions belong to."""

    def __init__(self, consumer: str, service: str, stored: int, now: int) -> None:
        super().__init__(
            f"{consumer} has positions in {stored} partitions of {service}'s events, but there are "
            f"{now} now: rebuild it, or restore the number of partitions"
        )


class Positions:
    """A position of `sequence` n means: every event of that log up to n is applied."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def migrate(self) -> None:
        Schema(self.database, POSITION_TABLES).migrate()

    def of(self, consumer: str, log: Log) -> Position:
        return self.all_of(consumer).get(log, Position())

    def all_of(self, consumer: str) -> Mapping[Log, Position]:
        return _logs(self.database.rows(OF_CONSUMER, (consumer,)))

    def all_within(self, cursor: Cursor, consumer: str) -> Mapping[Log, Position]:
        """The same in the snapshot of the caller's transaction."""
        return _logs(cursor.execute(OF_CONSUMER.encode(), (consumer,)).fetchall())

    def shape(self, consumer: str, partitions: Mapping[str, int]) -> None:
        """Makes a row for every log, so that "behind in none of them" can be asked.

        The position in a whole log (one partition) holds in each partition of its topic: what lies
        before it is skipped by sequence. The way back is open while all partitions are equally far,
        which they are when nothing is under way. Any other change raises PartitionsChanged.
        """
        with self.database.transaction(commit=True) as cursor:
            self.lock(cursor, consumer)
            for service, count in partitions.items():
                _shape(cursor, consumer, service, count)

    def lock(self, cursor: Cursor, consumer: str) -> Mapping[Log, Position]:
        """Nobody else moves these positions, or applies anything, until the transaction ends."""
        lock = f"positions:{self.database.schema}:{consumer}"
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (lock,))
        return _logs(cursor.execute(f"{OF_CONSUMER} FOR UPDATE".encode(), (consumer,)).fetchall())

    def begin(self, cursor: Cursor, consumer: str, starts: Mapping[Log, Position]) -> None:
        """Of a consumer that is new to these logs. Where a broker counts, a sequence without an
        offset is looked for from the beginning of what it keeps."""
        for log, position in starts.items():
            cursor.execute(
                'INSERT INTO positions (consumer, service, partition, sequence, "offset") '
                "VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
                (consumer, log.service, log.partition, position.sequence, position.offset),
            )

    def forget(self, cursor: Cursor, consumer: str, service: str | None = None) -> None:
        """The consumer, or that it follows a service."""
        cursor.execute(
            "DELETE FROM positions "
            "WHERE consumer = %(consumer)s AND service = coalesce(%(service)s, service)",
            {"consumer": consumer, "service": service},
        )

    def put(self, cursor: Cursor, consumer: str, reached: Mapping[str, Position]) -> None:
        """Under `lock`: the same sequence for every log of a service. A broker is read on from
        where it was, and what it still has to give up to that sequence is skipped."""
        for service, position in reached.items():
            cursor.execute(PUT.encode(), (*_event(position), consumer, service))
            if cursor.rowcount == 0:
                _insert(cursor, consumer, service, position, 1)

    def advance(self, cursor: Cursor, consumer: str, steps: Sequence[Step]) -> bool:
        """Compare-and-set of all steps: False when somebody else moved one of the positions, and
        nothing of this transaction may be kept."""
        columns = [
            (s.log.service, s.log.partition, *_parts(s.before), *_parts(s.after)) for s in steps
        ]
        cursor.execute(
            ADVANCE, (*(list(column) for column in zip(*columns, strict=True)), consumer)
        )
        return cursor.rowcount == len(steps)

    def applied(self, consumer: str, service: str) -> int:
        """The sequence up to which every event of the service was dealt with, whatever its key."""
        return self.reached(consumer, service).sequence

    def catch_up(self, consumer: str, service: str, sequence: int, seconds: float) -> bool:
        """Waits until everything up to `sequence` was dealt with; False when it takes longer."""
        until = time.monotonic() + seconds
        while self.applied(consumer, service) < sequence:
            if time.monotonic() > until:
                return False
            time.sleep(CATCH_UP_LOOKS)
        return True

    def reached(self, consumer: str, service: str) -> Reached:
        rows = self.database.rows(REACHED, {"consumer": consumer, "service": service})
        return Reached(**rows[0])


def _logs(rows: Sequence[Row]) -> dict[Log, Position]:
    return {
        Log(row["service"], row["partition"]): Position(
            row["sequence"], row["offset"], row["recorded_at"]
        )
        for row in rows
    }


def _parts(position: Position) -> tuple[int, int, datetime | None]:
    return position.sequence, position.offset, position.recorded_at


def _event(position: Position) -> tuple[int, int, datetime | None]:
    return position.sequence, position.sequence, position.recorded_at


def _shape(cursor: Cursor, consumer: str, service: str, count: int) -> None:
    rows = cursor.execute(
        "SELECT sequence FROM positions WHERE consumer = %s AND service = %s FOR UPDATE",
        (consumer, service),
    ).fetchall()
    if len(rows) == count:
        return
    reached = {row["sequence"] for row in rows} or {0}
    if len(reached) > 1 or (len(rows) > 1 and count > 1):
        raise PartitionsChanged(consumer, service, len(rows), count)
    cursor.execute(
        "DELETE FROM positions WHERE consumer = %s AND service = %s", (consumer, service)
    )
    _insert(cursor, consumer, service, Position(reached.pop()), count)


def _insert(cursor: Cursor, consumer: str, service: str, at: Position, count: int) -> None:
    cursor.execute(INSERT.encode(), (consumer, service, *_event(at), count - 1))
