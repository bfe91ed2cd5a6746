"""What can be asked of the revenue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from kernel.errors import NotFound
from kernel.month import Month
from projections.revenue.projector import SQL
from runtime.postgres.database import Database, Row
from runtime.readmodels.filters import first_day
from runtime.readmodels.paging import every


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """First days of months, both inside. None: whatever."""

    since: date | None = None
    until: date | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Months by their first days. None: whatever."""

    month: date | None = None
    currency: str | None = None
    kind: str | None = None
    workspace: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementSearch(Search):
    """`until` is the last month; `cohort` and `cohort_plan` are the month and plan that the
    workspace began with in that currency."""

    until: date | None = None
    cohort: date | None = None
    cohort_plan: str | None = None


def months(database: Database, asked: Range, now: datetime, cursor: str, limit: int) -> list[Row]:
    """The present month first, by currency within one; one more than `limit` when there are more.
    Months in which nothing happened are there too."""
    behind, _, currency = cursor.partition(":")
    rows = database.rows(
        SQL["months"],
        {
            **asdict(asked),
            "present": Month.of(now).start.date(),
            "behind": first_day(behind),
            "behind_currency": currency,
            "rows": limit + 1,
        },
    )
    return [{**row, "month": f"{row['month']:%Y-%m}"} for row in rows]


def all_months(database: Database, asked: Range, now: datetime) -> Iterator[Row]:
    return every(lambda cursor, limit: months(database, asked, now, cursor, limit), month_cursor)


def month_cursor(row: Row) -> str:
    return f"{row['month']}:{row['currency']}"


def moved(database: Database, search: MovementSearch, cursor: str, limit: int) -> list[Row]:
    """The latest recorded first; one more than `limit` when there are more."""
    behind, _, part = cursor.partition(".")
    place = {"behind": int(behind) if behind else None, "behind_part": int(part or 0)}
    return database.rows(SQL["movements_page"], {**asdict(search), **place, "rows": limit + 1})


def all_moved(database: Database, search: MovementSearch) -> Iterator[Row]:
    return every(lambda cursor, limit: moved(database, search, cursor, limit), moved_cursor)


def moved_cursor(row: Row) -> str:
    return f"{row['position']}.{row['part']}"


def money(database: Database, search: Search, cursor: str, limit: int) -> list[Row]:
    """The latest recorded first; one more than `limit` when there are more."""
    behind, _, kind = cursor.partition(".")
    place = {"behind": int(behind) if behind else None, "behind_kind": kind}
    return database.rows(SQL["payments_page"], {**asdict(search), **place, "rows": limit + 1})


def all_money(database: Database, search: Search) -> Iterator[Row]:
    return every(lambda cursor, limit: money(database, search, cursor, limit), money_cursor)


def money_cursor(row: Row) -> str:
    return f"{row['position']}.{row['kind']}"


def movement_of(database: Database, event: str) -> Mapping[str, Any]:
    """The movements that an event `billing:<n>` made, and the event that had made what was before.
    Raises NotFound where it made none."""
    service, _, sequence = event.partition(":")
    found = []
    if service == "billing" and sequence.isdecimal() and len(sequence) < 19:
        found = database.rows(SQL["movements_of"], {"position": int(sequence)})
    if not found:
        raise NotFound("That event moved no recurring revenue.")
    return {"event": event, "follows": found[0]["follows"], "movements": found}
