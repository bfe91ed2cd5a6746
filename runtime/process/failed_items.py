"""One item that fails holds up no other: it is noted, put off with growing pauses, and looked at by
people meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from prometheus_client import Counter

from kernel.errors import DomainError
from kernel.text import printable
from runtime.postgres.database import OUTAGES, Database
from runtime.postgres.migrations import Migrations

log = structlog.get_logger()

FAILED_ITEM_TABLES = Migrations("failed_items", Path(__file__).parent / "migrations/failed_items")
FAILED = Counter("work_items_failed_total", "Failures of single items of periodic work.", ["work"])
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=6)
LONGEST_ERROR = 2_000
NOTE = """
INSERT INTO failed_items AS known (work, key, attempts, error, failed_at, again_at)
SELECT %(work)s, %(key)s, 1, %(error)s, at, at + %(first)s FROM clock_timestamp() AS at
ON CONFLICT (work, key) DO UPDATE
SET attempts = known.attempts + 1, error = EXCLUDED.error, failed_at = EXCLUDED.failed_at,
    again_at = EXCLUDED.failed_at
             + least(%(first)s * power(2, least(known.attempts, 20)), %(longest)s)
RETURNING attempts, again_at - failed_at AS pause
"""


def not_put_off(key: str, work: str = "%s") -> str:
    """A condition, in SQL, on rows that are due: that their item is not to be left alone now. `key`
    is the item's, as an expression over the row, `work` the placeholder of the work's name."""
    return (
        f"NOT EXISTS (SELECT FROM failed_items WHERE work = {work} AND key = {key} "
        "AND again_at > clock_timestamp())"
    )


@dataclass(frozen=True, slots=True)
class Failure:
    """`pause`: how long to leave the item alone."""

    error: Exception
    attempts: int
    pause: timedelta


@dataclass(frozen=True, slots=True)
class FailedItem:
    work: str
    key: str
    attempts: int
    error: str
    failed_at: datetime
    again_at: datetime


class FailedItems:
    """Of one service's work. `work` names the sweep, `key` the item."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._noted: set[tuple[str, str]] | None = None

    def attempt(self, work: str, key: str, act: Callable[[], object]) -> Failure | None:
        """None when the item was dealt with. `act` returns False when it was left as it is. Raises
        only what no item is to blame for."""
        try:
            done = act()
        except OUTAGES:
            raise
        except Exception as error:
            return self.note(work, key, error)
        if done is not False:
            self.forget(work, key)
        return None

    def note(self, work: str, key: str, error: Exception) -> Failure:
        foreseen = isinstance(error, DomainError)
        log.warning("item_failed", work=work, key=key, error=_line(error),
                    exc_info=None if foreseen else error)  # fmt: skip
        FAILED.labels(work).inc()
        facts = {"work": work, "key": printable(key), "error": _line(error)}
        pauses = {"first": FIRST_PAUSE, "longest": LONGEST_PAUSE}
        [row] = self._database.rows(NOTE, {**facts, **pauses})
        self._known().add((work, key))
        return Failure(error, row["attempts"], row["pause"])

    def forget(self, work: str, key: str) -> None:
        known = self._known()
        if (work, key) in known:
            statement = "DELETE FROM failed_items WHERE work = %s AND key = %s"
            self._database.execute(statement, (work, printable(key)))
            known.discard((work, key))

    def all(self) -> Sequence[FailedItem]:
        rows = self._database.rows(
            "SELECT work, key, attempts, error, failed_at, again_at FROM failed_items "
            "ORDER BY work, failed_at"
        )
        return [FailedItem(**row) for row in rows]

    def _known(self) -> set[tuple[str, str]]:
        """Read once: one process at a time does the work."""
        if self._noted is None:
            self._noted = {(item.work, item.key) for item in self.all()}
        return self._noted


def _line(error: Exception) -> str:
    code = error.code if isinstance(error, DomainError) else type(error).__name__
    return printable(f"{code}: {error}")[:LONGEST_ERROR]
