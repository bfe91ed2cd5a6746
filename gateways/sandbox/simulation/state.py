"""The sandbox's memory: one SQLite file that survives restarts and is shared by processes."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from msgspec.structs import replace

from gateways.sandbox.simulation.ledger import ClockOffset, FaultKind, Ledger, PlannedFault
from kernel.clock import Clock, utc_clock

SCHEMA = """
CREATE TABLE IF NOT EXISTS records (
    seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL, command_id TEXT NOT NULL,
    body BLOB NOT NULL, UNIQUE (kind, id)
);
CREATE UNIQUE INDEX IF NOT EXISTS records_by_command ON records (kind, command_id)
    WHERE command_id <> '';
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS outbox (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL, body BLOB NOT NULL,
    announced REAL NOT NULL, due REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS outbox_waiting ON outbox (due) WHERE state = 'waiting';
"""


class SandboxState:
    """Serializes its transactions over threads and processes. What was committed survives the
    death of the process (a power cut may take the last transactions: this is no production store).

    `announced` is set when an event was announced by this process.
    """

    def __init__(self, path: Path, clock: Clock = utc_clock) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._clock = clock
        self._lock = threading.RLock()
        self.announced = threading.Event()
        self._connection = sqlite3.connect(
            path, timeout=30, isolation_level=None, check_same_thread=False
        )
        self._connection.execute("PRAGMA busy_timeout = 30000")
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(SCHEMA)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[Ledger]:
        """All or nothing; an exception undoes it. Not to be nested."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            ledger = Ledger(self._connection, self._clock)
            try:
                yield ledger
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")
        if ledger.announced:
            self.announced.set()

    def now(self) -> datetime:
        """The sandbox's time. Usable as the whole product's clock where time shall travel."""
        with self.transaction() as ledger:
            return ledger.now

    def machine_time(self) -> datetime:
        """The clock without what was advanced: what signatures are dated with."""
        return self._clock()

    def advance(self, by: timedelta) -> None:
        """Moves the sandbox's time on; what fell due meanwhile is left to `run_due`."""
        if by < timedelta():
            raise ValueError("the sandbox's time only moves forward")
        with self.transaction() as ledger:
            offset = ledger.setting(ClockOffset).seconds
            ledger.set(ClockOffset(offset + by.total_seconds()))

    def plan_fault(self, kind: FaultKind, calls: int = 1) -> None:
        with self.transaction() as ledger:
            ledger.set(PlannedFault(kind=kind, calls=calls))

    def take_fault(self) -> FaultKind | None:
        """The fault that the call now beginning meets."""
        with self.transaction() as ledger:
            planned = ledger.setting(PlannedFault)
            if planned.calls <= 0:
                return None
            ledger.set(replace(planned, calls=planned.calls - 1))
            return planned.kind
