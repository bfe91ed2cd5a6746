"""What can be asked of the subscriptions."""

from __future__ import annotations

from contracts.billing import ACCESS
from projections.plan_subscriptions.projector import SQL
from runtime.postgres.database import Database, Row


def of_workspace(database: Database, workspace: str) -> Row:
    """What the workspace lives on and pays; also for one that was never heard of."""
    facts = {"workspace_id": workspace, "access": sorted(ACCESS)}
    return database.rows(SQL["of_workspace"], facts)[0]


def row_of(database: Database, workspace: str) -> Row | None:
    """The stored row, for comparisons."""
    rows = database.rows(SQL["row_of"], {"workspace_id": workspace})
    return rows[0] if rows else None
