"""A list read to its end, page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from runtime.postgres.database import Row

AT_ONCE = 500


def every(
    page: Callable[[str, int], Sequence[Row]], cursor_of: Callable[[Row], str]
) -> Iterator[Row]:
    """`page(cursor, limit)` gives up to `limit` + 1 rows: memory does not grow with the list."""
    cursor = ""
    while True:
        rows = page(cursor, AT_ONCE)
        yield from rows[:AT_ONCE]
        if len(rows) <= AT_ONCE:
            return
        cursor = cursor_of(rows[AT_ONCE - 1])
