"""What can be asked of the usage counters."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from kernel.month import Month
from projections.usage_counters.meter_queries import meters
from projections.usage_counters.projector import SQL
from runtime.postgres.database import Database, Row

METRICS = ("conversation", "message")


def usage(database: Database, workspace: str, month: Month) -> dict[str, Any]:
    """A month's totals, its daily series without gaps, its agents, and the month before."""
    facts = {
        "workspace": workspace,
        "months": [str(month), str(month.previous)],
        "month": str(month),
        "start": month.start.date(),
        "end": month.end.date(),
    }
    totals = _rows(database, "months", facts)
    return {
        "workspace_id": workspace,
        "period": str(month),
        "conversations": _total(totals, "conversation", month),
        "messages": _total(totals, "message", month),
        "daily": _daily(month, _rows(database, "days", facts)),
        "agents": _agents(_rows(database, "agents", facts)),
        "thresholds": _rows(database, "thresholds", facts),
        "meters": meters(database, workspace, month),
        "previous": {
            "period": str(month.previous),
            "conversations": _total(totals, "conversation", month.previous),
            "messages": _total(totals, "message", month.previous),
            "daily": _daily(
                month.previous,
                _rows(
                    database,
                    "days",
                    {
                        "workspace": workspace,
                        "start": month.previous.start.date(),
                        "end": month.start.date(),
                    },
                ),
            ),
        },
    }


def _rows(database: Database, query: str, facts: dict[str, Any]) -> list[Row]:
    return database.rows(SQL[query], facts)


def _total(rows: list[Row], metric: str, month: Month) -> int:
    return sum(
        row["count"] for row in rows if row["metric"] == metric and row["month"] == str(month)
    )


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
