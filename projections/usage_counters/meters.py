"""Counts usage of declared meters, by day and by each dimension's values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from contracts import metering
from contracts.envelope import Envelope
from runtime.postgres.database import Cursor, Row
from runtime.postgres.named_sql import load_queries

SQL = load_queries(Path(__file__).parent / "meters.sql")
# Of a dimension on a day. What comes later that day is counted together, as the rest.
MOST_VALUES = 1_000
WHOLE, REST = "", ""
Key = tuple[str, str, date, str, str]
Group = tuple[str, str, date, str]


def count(cursor: Cursor, events: Sequence[Envelope]) -> None:
    added: Counter[Key] = Counter()
    for event in events:
        for key, amount in _counted(event):
            added[key] += amount
    if not added:
        return
    bounded: Counter[Key] = Counter()
    named = _named(cursor, added)
    for key, amount in added.items():
        bounded[key if key in named else (*key[:4], REST)] += amount
    cursor.execute(SQL["count_meters"], [*_columns(list(bounded)), list(bounded.values())])


def _counted(event: Envelope) -> Iterator[tuple[Key, int]]:
    told = event.data
    match told:
        case metering.UsageRecorded() | metering.ReservationSettled():
            day, amount = event.time.date(), told.value
        case metering.UsageCorrected():
            day, amount = date.fromisoformat(told.usage_day), told.value - told.before
        case _:
            return
    for dimension, value in {WHOLE: "", **told.dimensions}.items():
        yield (told.workspace_id, told.meter, day, dimension, value), amount


def _named(cursor: Cursor, added: Mapping[Key, int]) -> set[Key]:
    """Those that stand under their own value: in the order of the log, as far as there is room."""
    keys = list(added)
    known: set[Key] = {tuple(row.values()) for row in _rows(cursor, "known_values", keys)}
    groups = list(dict.fromkeys(key[:4] for key in keys))
    sizes: Counter[Group] = Counter()
    for row in _rows(cursor, "values_of_days", groups):
        size = row.pop("size")
        sizes[tuple(row.values())] = size
    for key in keys:
        if key not in known and (key[3] == WHOLE or sizes[key[:4]] < MOST_VALUES):
            known.add(key)
            sizes[key[:4]] += 1
    return known


def _rows(cursor: Cursor, query: str, keys: Sequence[Key] | Sequence[Group]) -> list[Row]:
    return cursor.execute(SQL[query], _columns(keys)).fetchall()


def _columns(keys: Sequence[Key] | Sequence[Group]) -> list[list[object]]:
    return [list(column) for column in zip(*keys, strict=True)]
