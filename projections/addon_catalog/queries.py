"""What can be asked of the add-on catalogue."""

from __future__ import annotations

from projections.addon_catalog.projector import SQL
from runtime.postgres.database import Database, Row

Place = tuple[int, str]


def addons_for_sale(
    database: Database, workspace: str, after: Place | None, limit: int
) -> list[Row]:
    """Active add-ons in catalogue order behind `after` (sort order and slug), each with the
    workspace's purchase that blocks it (nulls: none); one more than `limit` when there are more."""
    sort_order, slug = after or (0, "")
    return database.rows(
        SQL["for_sale"],
        {
            "workspace": workspace,
            "continued": after is not None,
            "sort_order": sort_order,
            "slug": slug,
            "rows": limit + 1,
        },
    )
