"""Which log it is, and in which epoch: another one begins where history may have been cut."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from runtime.postgres.database import Database, Row

PRESENT = "SELECT log, epoch, head, reason, begun_at FROM log_epochs ORDER BY epoch DESC LIMIT 1"
BEGIN = """
INSERT INTO log_epochs (epoch, log, head, reason)
SELECT epoch + 1, log, %s, %s FROM log_epochs ORDER BY epoch DESC LIMIT 1
RETURNING log, epoch, head, reason, begun_at
"""


@dataclass(frozen=True, slots=True)
class Epoch:
    """`log` is the same in all of a log's epochs. It began behind the event `head`."""

    log: str
    epoch: int
    head: int
    reason: str
    begun_at: datetime

    @classmethod
    def of(cls, row: Row) -> Self:
        return cls(**{**row, "log": str(row["log"])})


class Epochs:
    """Of the one log that a database's schema holds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def present(self) -> Epoch:
        [row] = self._database.rows(PRESENT)
        return Epoch.of(row)

    def begin(self, head: int, reason: str) -> Epoch:
        """`head`: where the log ends now."""
        with self._database.transaction(commit=True) as cursor:
            cursor.execute("LOCK TABLE log_epochs IN EXCLUSIVE MODE")
            [row] = cursor.execute(BEGIN.encode(), (head, reason)).fetchall()
        return Epoch.of(row)
