"""What an inbox has still to do, as a gauge."""

from __future__ import annotations

from prometheus_client import Gauge

from runtime.postgres.database import Database

MESSAGES = Gauge(
    "inbox_backlog",
    "Messages not dealt with, by state: waiting for a first reading, retried after a failed one, "
    "parked until somebody looks.",
    ["source", "state"],
)
STATES = ("waiting", "retried", "parked")
# An index for each half: what is dealt with, and grows for ever, is not looked at.
BACKLOG = """
SELECT source, CASE WHEN last_error = '' THEN 'waiting' ELSE 'retried' END AS state,
       count(*) AS messages
  FROM inbox WHERE state = 'received' GROUP BY 1, 2
UNION ALL
SELECT source, 'parked', count(*) FROM inbox WHERE state = 'parked' GROUP BY 1
"""


class Backlog:
    """Of the whole inbox: every process that measures it tells the same."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sources: set[str] = set()

    def measure(self) -> None:
        """A source that was ever behind is told from then on, also when nothing is left."""
        rows = self._database.rows(BACKLOG)
        found = {(row["source"], row["state"]): int(row["messages"]) for row in rows}
        self._sources |= {source for source, _ in found}
        for source in self._sources:
            for state in STATES:
                MESSAGES.labels(source, state).set(found.get((source, state), 0))
