"""Events that wait to be posted, in the same file and transaction as what they announce.

Waiting is measured in the machine's time: it belongs to the network, not to the sandbox's months.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from msgspec import Struct

REORDER_WINDOW = 1.0  # seconds an event is held back, so that later ones can overtake it
LEASE = 30.0  # seconds after which an event whose sender died is sent again


class WebhookSwitches(Struct, frozen=True, kw_only=True):
    """What the network does to webhooks announced from now on (`duplicate`: sent from now on)."""

    duplicate: bool = False
    delay_seconds: float = 0.0
    reorder: bool = False
    drop: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """One event to post. `attempts` counts this one; `age` is since it was announced."""

    id: str
    body: bytes
    attempts: int
    age: timedelta


class Outbox:
    """Works inside the transaction of the connection it is given."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, event: Mapping[str, object], switches: WebhookSwitches) -> None:
        now = time.time()
        state = "dropped" if switches.drop else "waiting"
        body = json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()
        self._connection.execute(
            "INSERT INTO outbox (id, type, body, announced, due, state) VALUES (?, ?, ?, ?, ?, ?)",
            (event["id"], event["type"], body, now, self._due(now, switches), state),
        )

    def _due(self, now: float, switches: WebhookSwitches) -> float:
        """Reordering puts each event in front of those that are still held back."""
        due = now + switches.delay_seconds
        if not switches.reorder:
            return due
        first = self._connection.execute(
            "SELECT min(due) FROM outbox WHERE state = 'waiting' AND attempts = 0"
        ).fetchone()[0]
        return due + REORDER_WINDOW if first is None else float(first) - 0.001

    def take(self) -> Waiting | None:
        """The event whose turn it is, leased: nobody else gets it for a while."""
        now = time.time()
        row = self._connection.execute(
            "SELECT seq, id, body, attempts, announced FROM outbox"
            " WHERE state = 'waiting' AND due <= ? ORDER BY due, seq LIMIT 1",
            (now,),
        ).fetchone()
        if row is None:
            return None
        seq, event_id, body, attempts, announced = row
        self._connection.execute(
            "UPDATE outbox SET attempts = attempts + 1, due = ? WHERE seq = ?", (now + LEASE, seq)
        )
        return Waiting(event_id, body, attempts + 1, timedelta(seconds=now - announced))

    def settle(self, event_id: str, state: str) -> None:
        """`delivered`, or `given_up`."""
        self._connection.execute("UPDATE outbox SET state = ? WHERE id = ?", (state, event_id))

    def put_off(self, event_id: str, seconds: float) -> None:
        self._connection.execute(
            "UPDATE outbox SET due = ? WHERE id = ?", (time.time() + seconds, event_id)
        )

    def latest(self, limit: int) -> list[dict[str, object]]:
        """Newest first, for people."""
        rows = self._connection.execute(
            "SELECT id, type, state, attempts FROM outbox ORDER BY seq DESC LIMIT ?", (limit,)
        )
        return [dict(zip(("id", "type", "state", "attempts"), row, strict=True)) for row in rows]
