"""What happened to one workspace, told in words: a run of usage between other facts is one line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from kernel.clock import rfc3339
from projections.audit_trail.narrative import USAGE, tell, tell_usage
from projections.audit_trail.queries import (
    Filter,
    Positions,
    list_events,
    positions_after,
)
from projections.audit_trail.statements import SQL
from runtime.postgres.database import Database, Row

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
END = datetime(9999, 1, 1, tzinfo=UTC)
Entry = dict[str, Any]


def timeline(
    database: Database, workspace: str, after: Positions, since: datetime, limit: int
) -> tuple[list[Entry], dict[str, int] | None, datetime]:
    """Entries in the order of recording, the positions to go on from (None at the end) and the
    time up to which usage is told. `limit` counts what is not usage."""
    told = Filter(workspace=workspace, without=list(USAGE))
    rows = list_events(database, told, after, limit + 1)
    shown = rows[:limit]
    more = len(rows) > limit
    until = shown[-1]["recorded_at"] if more else END
    entries = list(_woven(shown, _usage(database, workspace, shown, since, until)))
    return entries, positions_after(after, shown) if more else None, until


def _usage(
    database: Database, workspace: str, shown: Sequence[Row], since: datetime, until: datetime
) -> dict[int, list[Row]]:
    """Counts by the number of shown entries before them."""
    # Recorded times of different logs may be equal: an edge needs to be there once.
    edges = sorted({row["recorded_at"] for row in shown}) or [BEGINNING]
    counts = database.rows(
        SQL["usage_between"],
        {
            "workspace": workspace,
            "types": list(USAGE),
            "edges": edges,
            "since": since,
            "until": until,
        },
    )
    runs: dict[int, list[Row]] = {}
    for row in counts:
        before = edges[row["place"] - 1] if row["place"] else BEGINNING
        place = sum(each["recorded_at"] <= before for each in shown)
        runs.setdefault(place, []).append(row)
    return runs


def _woven(shown: Sequence[Row], runs: dict[int, list[Row]]) -> Iterator[Entry]:
    for place, row in enumerate(shown):
        if place in runs:
            yield _run(runs[place])
        yield _entry(row)
    if len(shown) in runs:
        yield _run(runs[len(shown)])


def _entry(row: Row) -> Entry:
    return {
        "at": rfc3339(row["occurred_at"]),
        "recorded_at": rfc3339(row["recorded_at"]),
        "told": tell(row["type"], row["data"]),
        "type": row["type"],
        "event": f"{row['service']}:{row['sequence']}",
        "events": 1,
        "actor": row["actor"],
        "correlation_id": row["correlation_id"],
        "cause": row["causation_id"],
    }


def _run(counts: Sequence[Row]) -> Entry:
    return {
        "at": rfc3339(min(row["first_at"] for row in counts)),
        "recorded_at": rfc3339(max(row["last_at"] for row in counts)),
        "told": tell_usage({row["type"]: row["events"] for row in counts}),
        "type": "usage",
        "event": None,
        "events": sum(row["events"] for row in counts),
        "actor": None,
        "correlation_id": None,
        "cause": None,
    }
