"""Usage counted by the hours in which it happened and was recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from contracts.envelope import Envelope
from projections.audit_trail.figures import METRICS
from projections.audit_trail.statements import SQL
from runtime.database import Cursor

HOUR = timedelta(hours=1)
Key = tuple[str, str, datetime, datetime]


@dataclass(slots=True)
class Cell:
    first_at: datetime
    last_at: datetime
    first_recorded: datetime
    last_recorded: datetime
    first_sequence: int
    last_sequence: int
    events: int = 1

    def add(self, event: Envelope) -> None:
        at, recorded = event.time, event.recorded_at
        self.events += 1
        if at < self.first_at:
            self.first_at = at
        elif at > self.last_at:
            self.last_at = at
        if recorded < self.first_recorded:
            self.first_recorded = recorded
        elif recorded > self.last_recorded:
            self.last_recorded = recorded
        self.last_sequence = event.sequence


class Hours:
    """The start of a moment's UTC hour. Successive moments mostly share one, which is cheap."""

    def __init__(self) -> None:
        self._start = self._end = datetime(1970, 1, 1, tzinfo=UTC)

    def of(self, moment: datetime) -> datetime:
        if not self._start <= moment < self._end:
            self._start = moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
            self._end = self._start + HOUR
        return self._start


def add_usage(cursor: Cursor, events: Sequence[Envelope]) -> None:
    """Events of one service, in the order of its log."""
    happened, recorded = Hours(), Hours()
    cells: dict[Key, Cell] = {}
    for event in events:
        if event.type in METRICS:
            key = (
                event.subject,
                event.type,
                happened.of(event.time),
                recorded.of(event.recorded_at),
            )
            cell = cells.get(key)
            if cell is None:
                cells[key] = _first(event)
            else:
                cell.add(event)
    if cells:
        rows = [_row(key, cell) for key, cell in cells.items()]
        cursor.execute(SQL["add_usage"], [list(column) for column in zip(*rows, strict=True)])


def _first(event: Envelope) -> Cell:
    at, recorded = event.time, event.recorded_at
    return Cell(at, at, recorded, recorded, event.sequence, event.sequence)


def _row(key: Key, cell: Cell) -> tuple[object, ...]:
    return (
        *key,
        cell.events,
        cell.first_at,
        cell.last_at,
        cell.first_recorded,
        cell.last_recorded,
        cell.first_sequence,
        cell.last_sequence,
    )
