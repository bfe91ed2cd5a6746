"""What can be asked of the notifications."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from kernel.text import searchable
from projections.webhook_inbox.projector import SQL
from runtime.postgres.database import Database, Row
from runtime.readmodels.paging import every


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """None: whatever. `words` are looked for in ids, type, workspace and references."""

    state: str | None = None
    gateway: str | None = None
    workspace: str | None = None
    words: str = ""


def webhooks(database: Database, search: Search, before: str, limit: int) -> list[Row]:
    """The latest first, older than position `before`; one more than `limit` when there are more."""
    return database.rows(
        SQL["webhooks_page"],
        {
            **asdict(search),
            "words": searchable(search.words),
            "before": int(before) if before else None,
            "rows": limit + 1,
        },
    )


def all_webhooks(database: Database, search: Search) -> Iterator[Row]:
    return every(lambda before, limit: webhooks(database, search, before, limit), cursor_of)


def cursor_of(webhook: Row) -> str:
    return str(webhook["position"])


def totals(database: Database) -> list[Row]:
    """Those that are not dealt with, by gateway and state."""
    return database.rows(SQL["totals"])
