"""What can be asked of the counters of declared meters."""

from __future__ import annotations

from typing import Any

from kernel.month import Month
from projections.usage_counters.meters import REST, SQL
from runtime.postgres.database import Database

OTHER = "other"


def meters(database: Database, workspace: str, month: Month) -> list[dict[str, Any]]:
    """Of those with usage in the month: by day, and by the values of each dimension, the largest
    first."""
    facts = {"workspace": workspace, "start": month.start.date(), "end": month.end.date()}
    found: dict[str, dict[str, Any]] = {}
    for row in database.rows(SQL["meter_days"], facts):
        meter = found.setdefault(row["meter"], _empty(row["meter"]))
        meter["value"] += row["amount"]
        meter["daily"].append({"date": row["day"], "value": row["amount"]})
    for row in database.rows(SQL["meter_values"], facts):
        rest = row["value"] == REST
        shown = {
            "dimension": row["dimension"],
            "name": OTHER if rest else row["value"],
            "value": row["amount"],
            "is_rest": rest,
        }
        found.setdefault(row["meter"], _empty(row["meter"]))["dimensions"].append(shown)
    return list(found.values())


def _empty(meter: str) -> dict[str, Any]:
    return {"meter": meter, "value": 0, "daily": [], "dimensions": []}
