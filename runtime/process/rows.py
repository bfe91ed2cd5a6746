"""Rows of a table beside what they should be: what differs, and putting it right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from psycopg import DataError
from psycopg.abc import Buffer
from psycopg.sql import SQL, Composed, Identifier
from psycopg.types.datetime import TimestamptzLoader

from runtime.postgres.database import Cursor, Jsonb

SHOWN = 5
Values = tuple[Any, ...]
Rows = Mapping[Values, Values]


@dataclass(frozen=True, slots=True)
class Drift:
    """Rows of one table: `missing` are in the replay only, `surplus` in the live table only. Of
    each the first few are shown as text."""

    table: str
    missing: int
    surplus: int
    missing_rows: Sequence[str]
    surplus_rows: Sequence[str]


@dataclass(frozen=True, slots=True)
class Table:
    """`key` and `facts` are columns that follow from a log; `initial` says in SQL what others begin
    with. `appended`: the column that numbers rows in the order they came, which has a meaning."""

    name: str
    key: Sequence[str]
    facts: Sequence[str] = ()
    initial: Mapping[str, str] = field(default_factory=dict)
    appended: str = ""

    @property
    def columns(self) -> list[str]:
        return [*self.key, *self.facts]


class _AnyTimestamp(TimestamptzLoader):
    """Also what no clock shows and somebody may have written there, such as infinity: as text."""

    def load(self, data: Buffer) -> Any:
        try:
            return super().load(data)
        except DataError:
            return bytes(data).decode()


def read_rows(cursor: Cursor, table: Table) -> Rows:
    cursor.adapters.register_loader("timestamptz", _AnyTimestamp)
    columns = SQL(", ").join(map(Identifier, table.columns))
    query = SQL("SELECT {} FROM {}").format(columns, Identifier(table.name))
    if table.appended:
        query += SQL(" ORDER BY {}").format(Identifier(table.appended))
    rows = cursor.execute(query).fetchall()
    return {_values(row, table.key): _values(row, table.facts) for row in rows}


def _values(row: Mapping[str, Any], columns: Sequence[str]) -> Values:
    return tuple(row[column] for column in columns)


def drift_of(table: str, expected: Rows, stored: Rows) -> list[Drift]:
    missing = [(key, facts) for key, facts in expected.items() if stored.get(key) != facts]
    surplus = [(key, facts) for key, facts in stored.items() if expected.get(key) != facts]
    if not (missing or surplus):
        return []
    shown = [[str((*key, *facts)) for key, facts in rows[:SHOWN]] for rows in (missing, surplus)]
    return [Drift(table, len(missing), len(surplus), *shown)]


def mend(cursor: Cursor, table: Table, expected: Rows, stored: Rows) -> int:
    """How many rows it deleted, changed or inserted."""
    kept = _common(expected, stored) if table.appended else expected.keys() & stored.keys()
    gone = [key for key in stored if key not in kept]
    new = [(key, facts) for key, facts in expected.items() if key not in kept]
    changed = [(key, expected[key]) for key in kept if expected[key] != stored[key]]
    where = SQL(" AND ").join(SQL("{} = %s").format(Identifier(name)) for name in table.key)
    name = Identifier(table.name)
    if gone:
        cursor.executemany(SQL("DELETE FROM {} WHERE {}").format(name, where), gone)
    if changed:
        facts = SQL(", ").join(SQL("{} = %s").format(Identifier(each)) for each in table.facts)
        update = SQL("UPDATE {} SET {} WHERE {}").format(name, facts, where)
        cursor.executemany(update, [_sent((*facts, *key)) for key, facts in changed])
    if new:
        cursor.executemany(_insert(table), [_sent((*key, *facts)) for key, facts in new])
    return len(gone) + len(changed) + len(new)


def _common(expected: Rows, stored: Rows) -> set[Values]:
    """Keys of the rows before the first that differs."""
    common: set[Values] = set()
    for ours, theirs in zip(expected.items(), stored.items(), strict=False):
        if ours != theirs:
            break
        common.add(ours[0])
    return common


def _insert(table: Table) -> Composed:
    columns = SQL(", ").join(map(Identifier, [*table.columns, *table.initial]))
    values = [SQL("%s")] * len(table.columns)
    values += [SQL(text) for text in table.initial.values()]
    return SQL("INSERT INTO {} ({}) VALUES ({})").format(
        Identifier(table.name), columns, SQL(", ").join(values)
    )


def _sent(values: Values) -> Values:
    return tuple(Jsonb(value) if isinstance(value, dict | list) else value for value in values)
