"""A file of usage events that are still to be sent. It may be shared by processes and threads."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

Metric = Literal["message", "conversation"]
BUSY_SECONDS = 30.0
TABLES = """
CREATE TABLE IF NOT EXISTS usage_events (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id TEXT NOT NULL,
    metric TEXT NOT NULL,
    id TEXT NOT NULL,
    body TEXT NOT NULL,
    reason TEXT,
    UNIQUE (workspace_id, metric, id)
);
CREATE INDEX IF NOT EXISTS usage_events_pending ON usage_events (number) WHERE reason IS NULL;
"""


@dataclass(frozen=True, slots=True)
class Spooled:
    number: int
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rejected:
    """What billing refused to count, and why."""

    event: dict[str, Any]
    reason: str


class Spool:
    """What a method returned for is on disk, and outlives `kill -9` and a loss of power. The same
    id of a metric and workspace is kept once here, and counts once at billing."""

    def __init__(self, file: str | Path) -> None:
        self._lock = threading.Lock()
        self._added = threading.Event()
        self._connection = sqlite3.connect(
            file, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.executescript(TABLES)

    def message(
        self,
        workspace: str,
        id: str,
        *,
        occurred_at: datetime | None = None,
        is_playground: bool = False,
        agent_id: str | None = None,
    ) -> None:
        self._add(workspace, "message", id, occurred_at, is_playground, agent_id)

    def conversation(
        self,
        workspace: str,
        id: str,
        *,
        occurred_at: datetime | None = None,
        is_playground: bool = False,
        agent_id: str | None = None,
    ) -> None:
        """One whose first turn is complete."""
        self._add(workspace, "conversation", id, occurred_at, is_playground, agent_id)

    def _add(
        self,
        workspace: str,
        metric: Metric,
        id: str,
        occurred_at: datetime | None,
        is_playground: bool,
        agent_id: str | None,
    ) -> None:
        """The month is that of now, however much later it is sent."""
        body = {
            "id": id,
            "workspace_id": workspace,
            "metric": metric,
            "occurred_at": (occurred_at or datetime.now(UTC)).isoformat(),
            "is_playground": is_playground,
            "agent_id": agent_id,
        }
        with self._transaction() as cursor:
            cursor.execute(
                "INSERT INTO usage_events (workspace_id, metric, id, body) VALUES (?, ?, ?, ?) "
                "ON CONFLICT DO NOTHING",
                (workspace, metric, id, json.dumps(body)),
            )
        self._added.set()

    def pending(self) -> int:
        with self._transaction() as cursor:
            [count] = cursor.execute(
                "SELECT count(*) FROM usage_events WHERE reason IS NULL"
            ).fetchone()
            return int(count)

    def rejected(self) -> list[Rejected]:
        with self._transaction() as cursor:
            rows = cursor.execute(
                "SELECT body, reason FROM usage_events WHERE reason IS NOT NULL ORDER BY number"
            ).fetchall()
        return [Rejected(json.loads(body), reason) for body, reason in rows]

    def try_rejected_again(self) -> None:
        """After their reason is gone."""
        with self._transaction() as cursor:
            cursor.execute("UPDATE usage_events SET reason = NULL")
        self._added.set()

    def drop_rejected(self) -> None:
        with self._transaction() as cursor:
            cursor.execute("DELETE FROM usage_events WHERE reason IS NOT NULL")

    def oldest(self, most: int) -> list[Spooled]:
        with self._transaction() as cursor:
            rows = cursor.execute(
                "SELECT number, body FROM usage_events WHERE reason IS NULL ORDER BY number "
                "LIMIT ?",
                (most,),
            ).fetchall()
        return [Spooled(number, json.loads(body)) for number, body in rows]

    def settle(self, counted: Sequence[int], refused: Mapping[int, str]) -> None:
        """Forgets what billing has, and keeps what it refused with its reason."""
        with self._transaction() as cursor:
            cursor.executemany(
                "DELETE FROM usage_events WHERE number = ?", [(number,) for number in counted]
            )
            cursor.executemany(
                "UPDATE usage_events SET reason = ? WHERE number = ?",
                [(reason, number) for number, reason in refused.items()],
            )

    def await_more(self, seconds: float) -> None:
        """Returns early when something was added by this process."""
        self._added.wait(seconds)
        self._added.clear()

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Cursor]:
        with self._lock:
            cursor = self._connection.cursor()
            cursor.execute("BEGIN IMMEDIATE")
            try:
                yield cursor
            except BaseException:
                cursor.execute("ROLLBACK")
                raise
            cursor.execute("COMMIT")
