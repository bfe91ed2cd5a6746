"""One log: the library's PostgreSQL recorder, with a time of recording."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder

from runtime.postgres.database import Cursor

Within = Callable[[Cursor], None]


class RecordedEvent(NamedTuple):
    """One row of a service's log. `sequence` grows without a reader ever having to look back:
    log order is commit order. `state` is JSON."""

    sequence: int
    stream: str
    version: int
    topic: str
    state: bytes
    recorded_at: datetime

    @property
    def digest(self) -> str:
        """Hex SHA-256 over the canonical stored event: what the audit chain links."""
        head = f"{self.sequence}\n{self.stream}\n{self.version}\n{self.topic}\n"
        return hashlib.sha256(head.encode() + self.state).hexdigest()


class Recorder(PostgresApplicationRecorder):
    """Adds work that must be true at once in the same transaction. Its table has `recorded_at`."""

    def _insert_events(
        self,
        curs: Cursor,
        stored_events: Sequence[StoredEvent],  # noqa: ARG002
        **kwargs: Any,
    ) -> None:
        within: Within | None = kwargs.get("within")
        if within is not None:
            within(curs)
