"""What can be asked of all subscriptions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from kernel.text import searchable
from projections.subscriptions.projector import SQL
from runtime.postgres.database import Database, Row
from runtime.readmodels.paging import every


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """None: whatever. `words` are looked for in workspace, plan and the gateway's references."""

    status: str | None = None
    plan: str | None = None
    gateway: str | None = None
    currency: str | None = None
    words: str = ""


def subscriptions(database: Database, search: Search, behind: str, limit: int) -> list[Row]:
    """By workspace, `behind` that one; one more than `limit` when there are more."""
    return database.rows(
        SQL["subscriptions_page"],
        {
            **asdict(search),
            "words": searchable(search.words.strip()),
            "behind": behind,
            "rows": limit + 1,
        },
    )


def all_subscriptions(database: Database, search: Search) -> Iterator[Row]:
    return every(lambda behind, limit: subscriptions(database, search, behind, limit), cursor_of)


def cursor_of(subscription: Row) -> str:
    return str(subscription["workspace_id"])
