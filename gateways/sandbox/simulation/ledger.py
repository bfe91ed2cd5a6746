"""Records and settings inside one transaction of the sandbox's file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal, TypeVar

import msgspec

from gateways.port import ReferenceNotFound
from gateways.sandbox.simulation.outbox import Outbox, WebhookSwitches
from gateways.sandbox.simulation.records import Done, Record
from kernel.clock import Clock
from kernel.decoding import ready
from kernel.ids import new_id

Kept = TypeVar("Kept", bound=Record)
Setting = TypeVar("Setting", bound=msgspec.Struct)
FaultKind = Literal[
    "timeout_after_effect",
    "timeout_before_effect",
    "server_error",
    "throttled",
    "html",
    "refused",
]


class ClockOffset(msgspec.Struct, frozen=True):
    seconds: float = 0.0


class PlannedFault(msgspec.Struct, frozen=True, kw_only=True):
    """The next `calls` calls of the gateway meet it."""

    kind: FaultKind = "server_error"
    calls: int = 0


class Ledger:
    """Valid until its transaction ends."""

    def __init__(self, connection: sqlite3.Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock
        self.outbox = Outbox(connection)
        self.announced = False

    @property
    def now(self) -> datetime:
        """The sandbox's time: the clock's, plus what it was advanced by."""
        return self._clock() + timedelta(seconds=self.setting(ClockOffset).seconds)

    def put(self, record: Kept) -> Kept:
        self._connection.execute(
            "INSERT INTO records (kind, id, command_id, body) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
            (type(record).__name__, record.id, record.command_id, msgspec.json.encode(record)),
        )
        return record

    def find(self, kind: type[Kept], ref: str) -> Kept | None:
        return self._one(kind, "SELECT body FROM records WHERE kind = ? AND id = ?", ref)

    def get(self, kind: type[Kept], ref: str) -> Kept:
        found = self.find(kind, ref)
        if found is None:
            raise ReferenceNotFound(f"The sandbox knows no {kind.__name__} {ref!r}.")
        return found

    def made_by(self, kind: type[Kept], command_id: str) -> Kept | None:
        """What a command made, at any later time."""
        return self._one(
            kind,
            "SELECT body FROM records WHERE kind = ? AND command_id = ? AND command_id <> ''",
            command_id,
        )

    def _one(self, kind: type[Kept], query: str, key: str) -> Kept | None:
        row = self._connection.execute(query, (kind.__name__, key)).fetchone()
        return None if row is None else msgspec.json.decode(row[0], type=ready(kind))

    def every(self, kind: type[Kept]) -> Iterator[Kept]:
        """In the order they were made."""
        rows = self._connection.execute(
            "SELECT body FROM records WHERE kind = ? ORDER BY seq", (kind.__name__,)
        ).fetchall()
        for (body,) in rows:
            yield msgspec.json.decode(body, type=ready(kind))

    def forget(self, kind: type[Record]) -> None:
        self._connection.execute("DELETE FROM records WHERE kind = ?", (kind.__name__,))

    def count(self, kind: type[Record]) -> int:
        row = self._connection.execute(
            "SELECT count(*) FROM records WHERE kind = ?", (kind.__name__,)
        ).fetchone()
        return int(row[0])

    def done(self, action: str, command_id: str) -> Done | None:
        """Whether a command on an existing object was carried out before."""
        return self.find(Done, f"{action}:{command_id}")

    def mark_done(self, action: str, command_id: str, answer: str = "") -> None:
        self.put(Done(id=f"{action}:{command_id}", answer=answer))

    def setting(self, kind: type[Setting]) -> Setting:
        row = self._connection.execute(
            "SELECT body FROM settings WHERE name = ?", (kind.__name__,)
        ).fetchone()
        return kind() if row is None else msgspec.json.decode(row[0], type=ready(kind))

    def set(self, setting: msgspec.Struct) -> None:
        self._connection.execute(
            "INSERT INTO settings (name, body) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET body = excluded.body",
            (type(setting).__name__, msgspec.json.encode(setting)),
        )

    def announce(self, event_type: str, **references: str | None) -> None:
        """Queues a webhook. References: subscription, checkout, charge, customer, invoice,
        workspace_id."""
        event = {
            "id": new_id("evt"),
            "type": event_type,
            "created": int(self.now.timestamp()),
            "data": {name: ref for name, ref in references.items() if ref},
        }
        self.outbox.add(event, self.setting(WebhookSwitches))
        self.announced = True
