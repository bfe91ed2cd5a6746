"""Where everything stands that a process has in memory, and whether its history is the same."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from runtime.postgres.database import Database

STANDING = """
SELECT (SELECT generation FROM metering_generation),
       (SELECT max(epoch) FROM log_epochs),
       coalesce(last.notification_id, 0), last.recorded_at,
       greatest((SELECT max(revision) FROM metering_plans),
                (SELECT max(revision) FROM metering_default_plans),
                (SELECT max(revision) FROM metering_workspace_plans)),
       (SELECT recorded_at FROM metering_events WHERE notification_id = %s)
  FROM (SELECT) AS one LEFT JOIN (SELECT notification_id, recorded_at FROM metering_events
                                   ORDER BY notification_id DESC LIMIT 1) AS last ON true
"""


class Standing(NamedTuple):
    """`asked_at`: when the row at the position that was asked about was recorded."""

    generation: int
    epoch: int
    head: int
    recorded_at: datetime | None
    revision: int | None
    asked_at: datetime | None

    def outdates(self, known: Standing) -> str:
        """Why what is remembered as of `known` must be forgotten, in a word; empty when it holds.
        `known.head` was asked about."""
        if self.generation != known.generation:
            return "rebuilt"
        if self.epoch != known.epoch:
            return "epoch"
        if self.head < known.head or self.asked_at != known.recorded_at:
            return "log_forked"
        if (self.revision or 0) < (known.revision or 0):
            return "plans_forked"
        return ""


def standing(database: Database, position: int) -> Standing:
    [row] = database.tuples(STANDING, (position,))
    return Standing(*row)
