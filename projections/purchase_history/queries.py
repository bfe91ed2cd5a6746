"""What can be asked of the purchase history."""

from __future__ import annotations

from projections.purchase_history.projector import SQL
from runtime.postgres.database import Database, Row


def purchases(database: Database, workspace: str, before: int | None, limit: int) -> list[Row]:
    """Newest first, older than position `before`; one more than `limit` when there are more."""
    return database.rows(
        SQL["purchases_page"], {"workspace": workspace, "before": before, "rows": limit + 1}
    )
