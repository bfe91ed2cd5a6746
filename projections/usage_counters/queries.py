"""What can be asked of the usage counters."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from kernel.month import Month
from projections.usage_counters.meter_queries import meters
from projections.usage_counters.projector import SQL
from projections.usage_counters.terms import QuotasOf
from runtime.postgres.database import Database, Row

# By the name under which they are shown.
METERS = {"conversations": "conversation", "messages": "message"}


def usage(database: Database, workspace: str, month: Month, now: datetime) -> dict[str, Any]:
    """A month's totals with its quotas, its daily series without gaps, its agents, and the month
    before."""
    of = QuotasOf(database, workspace, month, now)
    quotas = of.quotas()
    shown = _month(database, workspace, month)
    facts = {"workspace": workspace, "month": str(month), **_days(month)}
    return {
        "workspace_id": workspace,
        **shown,
        "limits": {name: quotas[meter].limit for name, meter in METERS.items()},
        "remaining": {name: quotas[meter].left(shown[name]) for name, meter in METERS.items()},
        "agents": _agents(_rows(database, "agents", facts)),
        "thresholds": _rows(database, "thresholds", facts),
        "meters": meters(database, workspace, month, quotas, of.taken()),
        "previous": _month(database, workspace, month.previous),
    }


def _month(database: Database, workspace: str, month: Month) -> dict[str, Any]:
    facts = {"workspace": workspace, "month": str(month), **_days(month)}
    totals = {row["metric"]: row["count"] for row in _rows(database, "months", facts)}
    return {
        "period": str(month),
        **{name: totals.get(meter, 0) for name, meter in METERS.items()},
        "daily": _daily(month, _rows(database, "days", facts)),
    }


def _days(month: Month) -> dict[str, Any]:
    return {"start": month.start.date(), "end": month.end.date()}


def _rows(database: Database, query: str, facts: dict[str, Any]) -> list[Row]:
    return database.rows(SQL[query], facts)


def _daily(month: Month, rows: list[Row]) -> list[dict[str, Any]]:
    counts = {(row["metric"], row["day"]): row["count"] for row in rows}
    days = (month.end - month.start) // timedelta(days=1)
    dates = [month.start.date() + timedelta(days=number) for number in range(days)]
    return [
        {
            "date": day,
            "conversations": counts.get(("conversation", day), 0),
            "messages": counts.get(("message", day), 0),
        }
        for day in dates
    ]


def _agents(rows: list[Row]) -> list[dict[str, Any]]:
    counts = {(row["agent"], row["metric"]): row["count"] for row in rows}
    return [
        {
            "agent_id": agent,
            "conversations": counts.get((agent, "conversation"), 0),
            "messages": counts.get((agent, "message"), 0),
        }
        for agent in sorted({agent for agent, _ in counts})
    ]
