"""What can be asked of the counters of declared meters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernel.month import Month
from projections.quotas import BUILT_IN, Quota
from projections.usage_counters.meters import REST, SQL
from runtime.postgres.database import Database

OTHER = "other"
UNLIMITED = Quota(None)


def meters(
    database: Database,
    workspace: str,
    month: Month,
    quotas: Mapping[str, Quota],
    taken: Mapping[str, int],
) -> list[dict[str, Any]]:
    """Of those with usage or a quota in the month: by day, and by the values of each dimension,
    the largest first."""
    facts = {"workspace": workspace, "start": month.start.date(), "end": month.end.date()}
    found = {meter: _empty(meter) for meter in quotas if meter not in BUILT_IN}
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
    return [
        {**found[meter], **_of_quota(quotas.get(meter, UNLIMITED), taken.get(meter, 0))}
        for meter in sorted(found)
    ]


def _of_quota(quota: Quota, taken: int) -> dict[str, Any]:
    return {"limit": quota.limit, "mode": quota.mode, "remaining": quota.left(taken)}


def _empty(meter: str) -> dict[str, Any]:
    return {"meter": meter, "value": 0, "daily": [], "dimensions": []}
