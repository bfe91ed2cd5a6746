"""Counts the metering service's events; billing's tell which workspaces there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from contracts import metering
from contracts.envelope import Envelope
from projections.usage_counters import meters, overview, terms
from runtime.postgres.database import Cursor
from runtime.postgres.named_sql import load_queries
from runtime.readmodels.definition import ReadModel

FOLDER = Path(__file__).parent
SQL = load_queries(FOLDER / "queries.sql")
NO_AGENT = ""


def handle(cursor: Cursor, events: Sequence[Envelope]) -> None:
    """One statement a table and batch: a batch touches few rows of many events."""
    months: Counter[tuple[str, str, str]] = Counter()
    days: Counter[tuple[str, str, date, str]] = Counter()
    for event in events:
        counted = event.data
        if isinstance(counted, metering.MessageMetered | metering.ConversationMetered):
            metric = "message" if type(counted) is metering.MessageMetered else "conversation"
            agent = counted.agent_id or NO_AGENT
            months[counted.workspace_id, metric, counted.month] += 1
            days[counted.workspace_id, metric, event.time.date(), agent] += 1
        elif isinstance(counted, metering.UnitCorrected):
            metric = "message" if type(counted) is metering.MessageCorrected else "conversation"
            agent, day = counted.agent_id or NO_AGENT, date.fromisoformat(counted.usage_day)
            months[counted.workspace_id, metric, counted.month] += counted.value - counted.before
            days[counted.workspace_id, metric, day, agent] += counted.value - counted.before
        elif isinstance(counted, metering.QuotaThresholdReached):
            _note_threshold(cursor, event, counted.metric, counted)
        elif isinstance(counted, metering.MeterThresholdReached):
            _note_threshold(cursor, event, counted.meter, counted)
    meters.count(cursor, events)
    overview.note(cursor, events)
    terms.note(cursor, events)
    if months:
        cursor.execute(SQL["count_months"], [*_columns(months), list(months.values())])
        cursor.execute(SQL["count_days"], [*_columns(days), list(days.values())])


def _columns(
    counts: Counter[tuple[str, str, str]] | Counter[tuple[str, str, date, str]],
) -> list[list[object]]:
    return [list(column) for column in zip(*counts, strict=True)]


def _note_threshold(
    cursor: Cursor,
    event: Envelope,
    meter: str,
    reached: metering.QuotaThresholdReached | metering.MeterThresholdReached,
) -> None:
    facts = (reached.workspace_id, meter, reached.month, reached.percent)
    cursor.execute(SQL["note_threshold"], (*facts, reached.used, reached.limit, event.time))


READ_MODEL = ReadModel("usage_counters", ("metering", "billing"), FOLDER, handle)
