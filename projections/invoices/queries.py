"""What can be asked of the invoices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from kernel.text import searchable
from projections.invoices.projector import SQL
from runtime.postgres.database import Database, Row
from runtime.readmodels.paging import every

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """None: whatever. `words` are looked for in workspace, number and the gateway's references."""

    workspace: str | None = None
    status: str | None = None
    gateway: str | None = None
    currency: str | None = None
    words: str = ""


def invoices(database: Database, search: Search, cursor: str, limit: int) -> list[Row]:
    """The latest issued first, behind `cursor`; one more than `limit` when there are more."""
    issued, _, position = cursor.partition(".")
    return database.rows(
        SQL["invoices_page"],
        {
            **asdict(search),
            "words": searchable(search.words.strip()),
            "issued": EPOCH + int(issued) * TICK if issued else None,
            "position": int(position or 0),
            "rows": limit + 1,
        },
    )


def all_invoices(database: Database, search: Search) -> Iterator[Row]:
    return every(lambda cursor, limit: invoices(database, search, cursor, limit), cursor_of)


def cursor_of(invoice: Row) -> str:
    """`<microseconds of its issue>.<position>`: neither ever changes."""
    return f"{(invoice['issued_at'] - EPOCH) // TICK}.{invoice['position']}"
