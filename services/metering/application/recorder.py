"""The table of all metering events, and what must be true with them at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from runtime.eventstore.recorder import Recorder
from runtime.eventstore.store import EventStore
from runtime.postgres.database import Database
from runtime.postgres.migrations import Migrations, Schema
from services.metering.application.commands import AccountKey
from services.metering.application.months import MonthNumber, number_in
from services.metering.domain import events
from services.metering.domain.quota import Usage

SCHEMA = "metering"
_FOLDER = Path(__file__).parent
USAGE_TABLES = Migrations(
    SCHEMA,
    _FOLDER.parent / "migrations",
    repeatable=[_FOLDER / "append_usage.sql", _FOLDER / "append_holds.sql"],
)
_PAGE = 10_000


class _Touched(msgspec.Struct, gc=False):
    workspace: str
    month: str


_decode = msgspec.json.Decoder(_Touched).decode


class UsageRecorder(Recorder):
    """Adds `append_usage` and `append_holds` as functions of the database, and reads what they
    keep. They are called by the group commit, on its own connection."""

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

    def accounts_touched(self, after: int, up_to: int, month: MonthNumber) -> set[AccountKey]:
        """Accounts of `month` and later whose figures changed between two log positions."""
        touched: set[AccountKey] = set()
        while after < up_to:
            rows = self.database.rows(
                "SELECT notification_id, topic, state FROM metering_events "
                "WHERE notification_id > %s AND notification_id <= %s "
                "ORDER BY notification_id LIMIT %s",
                (after, up_to, _PAGE),
            )
            for row in rows:
                event = _decode(row["state"])
                number = number_in(event.month)
                if row["topic"] == events.MessageMetered.TOPIC:
                    touched.add((event.workspace, "message", number))
                else:
                    # A first turn ends a hold, which may be of another month than it counts in.
                    touched.add((event.workspace, "conversation", number))
                    touched.add((event.workspace, "conversation", month))
            if len(rows) < _PAGE:
                break
            after = rows[-1]["notification_id"]
        return {key for key in touched if key[2] >= month}


class UsageStore(EventStore):
    """Metering's event store: uuid stream ids and its own recorder."""

    def __init__(self, database: Database) -> None:
        self.usage = UsageRecorder(database)
        super().__init__(SCHEMA, database, self.usage)

    def migrate(self) -> None:
        Schema(self.database, self.tables, USAGE_TABLES).migrate()
