"""Compares a live read model, row by row, with a replay of the events it stands for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from psycopg.sql import SQL, Composed, Identifier

from runtime.feed.feed import Event, Log, Position, Publisher
from runtime.feed.positions import Positions
from runtime.postgres.database import Cursor
from runtime.process.derived import SHOWN, Drift
from runtime.readmodels.definition import ReadModel
from runtime.readmodels.shadow import Progress, ReplayFailed, Shadow, unseen

__all__ = ["Drift", "PartitionOf", "Verified", "verify", "whole_log"]
PartitionOf = Callable[[str, int], int]


def whole_log(key: str, count: int) -> int:  # noqa: ARG001
    return 0


@dataclass(frozen=True, slots=True)
class Verified:
    """`parked` events are applied neither here nor in the replay: rows lack them."""

    model: str
    events: int
    rows: int
    positions: Mapping[str, int]
    drift: Sequence[Drift] = field(default=())
    parked: int = 0

    @property
    def equal(self) -> bool:
        return not self.drift and not self.parked


def verify(
    model: ReadModel,
    positions: Positions,
    publishers: Mapping[str, Publisher[Any]],
    progress: Progress = unseen,
    partition_of: PartitionOf = whole_log,
) -> Verified:
    """Changes nothing and stops nobody: the live tables and their positions are read in one
    snapshot, and the replay ends exactly there. Parked events count as not applied.

    `partition_of(key, count)` is needed when the positions come from a partitioned topic. Raises
    ReplayFailed or AlreadyReplaying.
    """
    with Shadow(model, positions, publishers) as shadow:
        parked = _parked(shadow)
        live = positions.all_of(model.name)
        events = shadow.replay(
            _furthest(model, live, min), progress, lambda event: _identity(event) not in parked
        )
        with shadow.database.transaction(commit=False) as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            live = positions.all_within(cursor, model.name)
            if _parked_within(cursor, model.name) != parked:
                raise ReplayFailed("Events were parked or retried meanwhile: verify again.")
            shadow.enter(cursor)
            applied = _Applied(live, partition_of, parked)
            events += shadow.replay_within(cursor, _furthest(model, live, max), applied)
            rows, drift = _compare(shadow, cursor)
        reached = dict(shadow.reached)
        return Verified(model.name, events, rows, reached, drift, len(parked))


class _Applied:
    """Whether the live read model has applied an event, by the position of its partition."""

    def __init__(
        self,
        live: Mapping[Log, Position],
        partition_of: PartitionOf,
        parked: set[tuple[str, int]],
    ) -> None:
        self._live = live
        self._partition_of = partition_of
        self._parked = parked
        self._counts: dict[str, int] = {}
        for log in live:
            self._counts[log.service] = self._counts.get(log.service, 0) + 1

    def __call__(self, event: Event) -> bool:
        count = self._counts.get(event.service, 1)
        partition = self._partition_of(event.key, count) if count > 1 else 0
        position = self._live.get(Log(event.service, partition), Position())
        return event.sequence <= position.sequence and _identity(event) not in self._parked


def _identity(event: Event) -> tuple[str, int]:
    return event.service, event.sequence


def _furthest(
    model: ReadModel, live: Mapping[Log, Position], which: Callable[[Sequence[int]], int]
) -> dict[str, int]:
    return {
        service: which([p.sequence for log, p in live.items() if log.service == service] or [0])
        for service in model.services
    }


def _parked(shadow: Shadow) -> set[tuple[str, int]]:
    with shadow.database.transaction() as cursor:
        return _parked_within(cursor, shadow.model.name)


def _parked_within(cursor: Cursor, consumer: str) -> set[tuple[str, int]]:
    cursor.execute("SELECT service, sequence FROM parked_events WHERE consumer = %s", (consumer,))
    return {(row["service"], row["sequence"]) for row in cursor.fetchall()}


def _compare(shadow: Shadow, cursor: Cursor) -> tuple[int, list[Drift]]:
    """The number of replayed rows, and the tables that differ."""
    total, drift = 0, []
    for table in shadow.relations(cursor, "r", "p"):
        columns = _columns(shadow, cursor, table)
        live = _rows_of(shadow.live, table, columns)
        replayed = _rows_of(shadow.schema, table, columns)
        count = SQL("SELECT count(*) AS rows FROM ({}) AS replayed").format(replayed)
        total += int(cursor.execute(count).fetchall()[0]["rows"])
        missing, missing_rows = _difference(cursor, replayed, live)
        surplus, surplus_rows = _difference(cursor, live, replayed)
        if missing or surplus:
            drift.append(Drift(table, missing, surplus, missing_rows, surplus_rows))
    return total, drift


def _columns(shadow: Shadow, cursor: Cursor, table: str) -> list[str]:
    """All but identity columns (numbers given in the order of arrival are no fact) and those that
    vary."""
    cursor.execute(
        "SELECT attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid "
        "WHERE relnamespace = %s::regnamespace AND relname = %s "
        "AND attnum > 0 AND NOT attisdropped AND attidentity = '' ORDER BY attnum",
        (shadow.schema, table),
    )
    varying = shadow.model.varying.get(table, ())
    return [row["attname"] for row in cursor.fetchall() if row["attname"] not in varying]


def _rows_of(schema: str, table: str, columns: Sequence[str]) -> Composed:
    listed = SQL(", ").join(Identifier(column) for column in columns)
    return SQL("SELECT ROW({})::text AS line FROM {}").format(listed, Identifier(schema, table))


def _difference(cursor: Cursor, left: Composed, right: Composed) -> tuple[int, list[str]]:
    query = SQL(
        "SELECT line, count(*) OVER () AS rows FROM ({} EXCEPT ALL {}) AS difference LIMIT {}"
    ).format(left, right, SHOWN)
    found = cursor.execute(query).fetchall()
    return (int(found[0]["rows"]) if found else 0), [row["line"] for row in found]
