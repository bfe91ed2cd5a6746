"""The table of all metering events, and what must be true with them at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

from runtime.eventstore.recorder import RecordedEvent, Recorder
from runtime.eventstore.store import EventStore
from runtime.postgres.database import Database
from runtime.postgres.migrations import Migrations, Schema
from services.metering.application.blocks.rows import LOG, holding, of_stream, stretch
from services.metering.application.commands import AccountKey
from services.metering.application.months import MonthNumber, number_in
from services.metering.domain.quota import Metric, Usage

SCHEMA = "metering"
_FOLDER = Path(__file__).parent
USAGE_TABLES = Migrations(
    SCHEMA,
    _FOLDER.parent / "migrations",
    repeatable=[
        _FOLDER / "append_block.sql",
        _FOLDER / "append_usage.sql",
        _FOLDER / "append_holds.sql",
        _FOLDER / "append_accounts.sql",
    ],
)
_PAGE = 10_000
_COUNTED = """
SELECT DISTINCT q.workspace, q.metric, q.month
  FROM metering_events e, unnest(e.figures[1:cardinality(e.figures) / 4]) AS counted
  JOIN metering_quotas q ON q.account = counted
 WHERE e.originator_id = %s AND e.notification_id > %s AND e.notification_id <= %s
   AND q.month >= %s
"""
# A first turn ends a hold, which may be of another month than it counts in: the present one.
_IN_ROWS = """
SELECT DISTINCT e.event ->> 'workspace', e.topic LIKE 'metering.Message%%', e.event ->> 'month'
  FROM (SELECT topic, convert_from(state, 'UTF8')::json AS event FROM metering_events
         WHERE originator_id <> %s AND notification_id > %s AND notification_id <= %s
           AND (topic LIKE 'metering.Message%%' OR topic LIKE 'metering.Conversation%%')) AS e
"""
_RECORDED_AT = """
SELECT recorded_at, notification_id - coalesce(count - coalesce(cardinality(refused), 0), 1)
  FROM metering_events WHERE notification_id >= %s ORDER BY notification_id LIMIT 1
"""

_THRESHOLDS = """
SELECT originator_id, (convert_from(state, 'UTF8')::jsonb ->> 'limit')::bigint
  FROM unnest(%s::uuid[]) AS said(id)
  JOIN metering_events ON originator_id = said.id AND originator_version = 1
"""


class UsageRecorder(Recorder):
    """Reads what the functions keep that append to the log. They are called by the group commit,
    on its own connection."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, events_table_name="metering_events")
        self.database = database

    def figures_from(self, month: MonthNumber) -> Iterator[tuple[AccountKey, Usage]]:
        """All figures of that month and later ones, page by page."""
        last: Sequence[object] = ("", "", 0)
        while True:
            rows = self.database.rows(
                "SELECT workspace, metric, month, used, held, position FROM metering_quotas "
                "WHERE (workspace, metric, month) > (%s, %s, %s) AND month >= %s "
                "ORDER BY workspace, metric, month LIMIT %s",
                (*last, month, _PAGE),
            )
            for row in rows:
                key = (row["workspace"], row["metric"], row["month"])
                yield key, Usage(row["used"], row["held"], row["position"])
            if len(rows) < _PAGE:
                return
            last = (rows[-1]["workspace"], rows[-1]["metric"], rows[-1]["month"])

    def figures_of(self, keys: Sequence[AccountKey]) -> list[tuple[AccountKey, Usage]]:
        rows = self.database.rows(
            "SELECT q.* FROM "
            "unnest(%s::text[], %s::text[], %s::int[]) AS a(workspace, metric, month) "
            "JOIN metering_quotas q USING (workspace, metric, month)",
            tuple(list(column) for column in zip(*keys, strict=True)) or ([], [], []),
        )
        return [
            (
                (row["workspace"], row["metric"], row["month"]),
                Usage(row["used"], row["held"], row["position"]),
            )
            for row in rows
        ]

    def thresholds_said(self, ids: Sequence[bytes]) -> list[tuple[bytes, int]]:
        """Those of these events that are stored, with the quota that they name."""
        rows = self.database.tuples(_THRESHOLDS, (list(map(bytes.hex, ids)),))
        return [(identity.bytes, limit) for identity, limit in rows]

    def accounts_touched(self, after: int, up_to: int, month: MonthNumber) -> set[AccountKey]:
        """Accounts of `month` and later whose figures changed between two log positions, which lie
        between commits."""
        touched: set[AccountKey] = set()
        touched.update(self.database.tuples(_COUNTED, (LOG, after, up_to, month)))
        for workspace, is_message, text in self.database.tuples(_IN_ROWS, (LOG, after, up_to)):
            metric: Metric = "message" if is_message else "conversation"
            for number in {number_in(text)} if is_message else {number_in(text), month}:
                if number >= month:
                    touched.add((workspace, metric, number))
        return touched


class UsageStore(EventStore):
    """Metering's event store: uuid stream ids, its own recorder, and blocks among the rows that
    read like the events they hold."""

    def __init__(self, database: Database) -> None:
        self.usage = UsageRecorder(database)
        super().__init__(SCHEMA, database, self.usage)

    def migrate(self) -> None:
        Schema(self.database, self.tables, USAGE_TABLES).migrate()

    def read(self, after: int, limit: int) -> list[RecordedEvent]:
        found: list[RecordedEvent] = []
        while len(found) < limit:
            rows = stretch(self.database, after, limit - len(found))
            if not rows:
                break
            found += [event for row in rows for event in row.events if event.sequence > after]
            after = rows[-1].position
        return found[:limit]

    def at(self, sequences: Sequence[int]) -> list[RecordedEvent]:
        wanted = set(sequences)
        rows = holding(self.database, sequences)
        return [event for row in rows for event in row.events if event.sequence in wanted]

    def recorded_at(self, sequence: int) -> datetime | None:
        """Of an event that stands in a block, when that was recorded."""
        rows = self.database.tuples(_RECORDED_AT, (sequence,))
        return rows[0][0] if rows and rows[0][1] < sequence else None

    def of_stream(self, stream: str) -> list[RecordedEvent]:
        """Of a message that stands in a block all blocks are searched."""
        rows = of_stream(self.database, UUID(stream))
        return [event for row in rows for event in row.events if event.stream == stream]
