"""How far each workspace of a migration is: a row each.

`waiting` → `announced` → `scheduled` or `approval_asked` → `moved`; or it `left` the plan by
itself, was `refused`, or the migration was `stopped` before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from runtime.postgres.database import Cursor, Database
from services.billing.domain.errors import PlanMigrationRunning

State = Literal[
    "waiting", "announced", "scheduled", "approval_asked", "moved", "left", "refused", "stopped"
]
STATES: tuple[State, ...] = get_args(State)
ITEMS = """
INSERT INTO plan_migration_items (migration, workspace, next_at)
SELECT %s, unnest(%s::text[]), %s
"""
SETTLE = """
UPDATE plan_migration_items
SET state = coalesce(%(state)s, state), reason = %(reason)s, next_at = %(next_at)s,
    scheduled_for = coalesce(%(scheduled_for)s, scheduled_for)
WHERE migration = %(migration)s AND workspace = %(workspace)s
"""
CLOSE = """
UPDATE plan_migrations AS each SET is_open = false
WHERE is_open AND NOT EXISTS (
    SELECT FROM plan_migration_items WHERE migration = each.id AND next_at IS NOT NULL
)
"""
COUNTS = """
SELECT each.id, each.is_open, item.state, count(item.workspace) AS workspaces
FROM plan_migrations AS each LEFT JOIN plan_migration_items AS item ON item.migration = each.id
WHERE each.plan = %s
GROUP BY each.id, each.is_open, each.started_at, item.state
ORDER BY each.started_at DESC, each.id
"""
SHOWN = """
SELECT migration, workspace, state, reason, scheduled_for FROM plan_migration_items
WHERE migration = %s AND workspace > %s AND (%s::text IS NULL OR state = %s)
ORDER BY workspace LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Item:
    migration: str
    workspace: str
    state: State
    reason: str
    scheduled_for: datetime | None


class MigrationLedger:
    def __init__(self, database: Database) -> None:
        self._database = database

    @staticmethod
    def add(
        cursor: Cursor, migration: str, plan: str, workspaces: Sequence[str], at: datetime
    ) -> None:
        """In the transaction of the event. Raises PlanMigrationRunning."""
        started = cursor.execute(
            b"INSERT INTO plan_migrations (id, plan, started_at) VALUES (%s, %s, %s) "
            b"ON CONFLICT DO NOTHING RETURNING id",
            (migration, plan, at),
        )
        if started.fetchone() is None:
            raise PlanMigrationRunning(plan=plan)
        cursor.execute(ITEMS.encode(), (migration, list(workspaces), at))

    def due(self, at: datetime, limit: int) -> Sequence[Item]:
        rows = self._database.rows(
            "SELECT migration, workspace, state, reason, scheduled_for FROM plan_migration_items "
            "WHERE next_at <= %s ORDER BY next_at, migration, workspace LIMIT %s",
            (at, limit),
        )
        return [Item(**row) for row in rows]

    def settle(
        self,
        item: Item,
        state: State | None,
        reason: str = "",
        *,
        next_at: datetime | None = None,
        scheduled_for: datetime | None = None,
    ) -> None:
        """Without `next_at` it is over; without a state it stays as it is."""
        facts = {"migration": item.migration, "workspace": item.workspace, "state": state}
        times = {"next_at": next_at, "scheduled_for": scheduled_for}
        self._database.execute(SETTLE, {**facts, **times, "reason": reason})

    def put_off(self, item: Item, pause: timedelta, at: datetime, reason: str) -> None:
        self.settle(item, None, reason, next_at=at + pause)

    def hurry(self, migration: str, at: datetime) -> None:
        """What is open is looked at now."""
        self._database.execute(
            "UPDATE plan_migration_items SET next_at = %s "
            "WHERE migration = %s AND next_at IS NOT NULL",
            (at, migration),
        )

    def close(self) -> None:
        """Migrations of which nothing is to come."""
        self._database.execute(CLOSE)

    def of_plan(self, plan: str) -> dict[str, tuple[bool, dict[str, int]]]:
        """By migration, the latest first: whether it is open, and workspaces by state."""
        found: dict[str, tuple[bool, dict[str, int]]] = {}
        for row in self._database.rows(COUNTS, (plan,)):
            _, counts = found.setdefault(row["id"], (row["is_open"], {}))
            if row["state"] is not None:
                counts[row["state"]] = row["workspaces"]
        return found

    def shown(self, migration: str, state: State | None, after: str, limit: int) -> Sequence[Item]:
        rows = self._database.rows(SHOWN, (migration, after, state, state, limit))
        return [Item(**row) for row in rows]
