"""Cohorts as they are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from kernel.month import Month
from projections.revenue.cohorts import Change, developed
from projections.revenue.projector import SQL
from projections.revenue.queries import Range
from runtime.postgres.database import Database, Row
from runtime.readmodels.filters import first_day
from runtime.readmodels.paging import every


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohorts:
    """`began` narrows the months in which they began. No plan: every one."""

    began: Range
    plan: str | None = None


def cohorts(
    database: Database, asked: Cohorts, now: datetime, cursor: str, limit: int
) -> list[Row]:
    """The youngest first, by currency and plan within a month; one more than `limit` when there
    are more."""
    behind, currency, plan = [*cursor.split(":", 2), "", ""][:3]
    place = {
        "behind": first_day(behind),
        "behind_currency": currency,
        "behind_plan": plan,
        "rows": limit + 1,
    }
    rows = database.rows(SQL["cohorts"], {**asdict(asked.began), "plan": asked.plan, **place})
    return [_cohort(row, Month.of(now)) for row in rows]


def all_stages(database: Database, asked: Cohorts, now: datetime) -> Iterator[Row]:
    """A line for each month of each, as a spreadsheet takes it."""
    found = every(lambda cursor, limit: cohorts(database, asked, now, cursor, limit), cohort_cursor)
    for cohort in found:
        for stage in cohort["months"]:
            yield {**cohort, **stage}


def cohort_cursor(row: Row) -> str:
    return f"{row['cohort']}:{row['currency']}:{row['plan']}"


def _cohort(row: Row, present: Month) -> dict[str, Any]:
    changed = zip(row.pop("months"), row.pop("subscribers"), row.pop("cents"), strict=True)
    changes = {Month.parse(month): Change(count, cents) for month, count, cents in changed}
    stages = developed(changes, Month.parse(row["cohort"]), present)
    return {**row, "months": [asdict(stage) for stage in stages]}
