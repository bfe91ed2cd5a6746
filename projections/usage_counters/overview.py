"""Usage of all workspaces: who is near a limit, and who is metered although billing knows nothing
of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from contracts import billing, metering
from contracts.envelope import Envelope
from kernel.month import Month
from kernel.text import searchable
from runtime.postgres.database import Cursor, Database, Row
from runtime.postgres.named_sql import load_queries
from runtime.readmodels.paging import every

SQL = load_queries(Path(__file__).parent / "overview.sql")


def note(cursor: Cursor, events: Sequence[Envelope]) -> None:
    months: Counter[tuple[str, str, str]] = Counter()
    for event in events:
        told = event.data
        match told:
            case metering.UsageRecorded() | metering.ReservationSettled():
                months[told.workspace_id, told.month, told.meter] += told.value
            case metering.UsageCorrected():
                months[told.workspace_id, told.month, told.meter] += told.value - told.before
            case metering.QuotaThresholdReached():
                _near(cursor, event, told.metric, told)
            case metering.MeterThresholdReached():
                _near(cursor, event, told.meter, told)
            case billing.SubscriptionEvent() | billing.WorkspaceOverridesChanged():
                cursor.execute(SQL["note_workspace"], (told.workspace_id, event.time))
    if months:
        columns = [list(column) for column in zip(*months, strict=True)]
        cursor.execute(SQL["count_meter_months"], [*columns, list(months.values())])


def _near(
    cursor: Cursor,
    event: Envelope,
    meter: str,
    reached: metering.QuotaThresholdReached | metering.MeterThresholdReached,
) -> None:
    facts = (reached.workspace_id, reached.month, meter, reached.percent)
    cursor.execute(SQL["note_near"], (*facts, reached.used, reached.limit, event.time))


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """None: whatever. `near`: a quota is used by so many percent at least. `words` are looked for
    in the workspace."""

    month: Month
    near: int | None = None
    known: bool | None = None
    words: str = ""


def overview(database: Database, search: Search, behind: str, limit: int) -> list[Row]:
    """By workspace, `behind` that one; one more than `limit` when there are more."""
    return database.rows(
        SQL["overview"],
        {
            "month": str(search.month),
            "near": search.near,
            "known": search.known,
            "words": searchable(search.words.strip()),
            "behind": behind,
            "rows": limit + 1,
        },
    )


def whole_overview(database: Database, search: Search) -> Iterator[Row]:
    return every(lambda behind, limit: overview(database, search, behind, limit), cursor_of)


def cursor_of(row: Row) -> str:
    return str(row["workspace_id"])
