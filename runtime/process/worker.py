"""Periodic work in a thread, on one process at a time where that matters."""

from __future__ import annotations

import threading
from collections.abc import Callable

import psycopg
import structlog

from runtime.postgres.database import Database, bounded

log = structlog.get_logger()
LONGEST_PAUSE = 60.0


class Worker:
    """Calls `work()` every `interval` seconds until stopped, and at once after `wake()`.

    Failures are logged and tried again with growing pauses. With `leader_of` only the process that
    holds that advisory lock works; another one takes over when it dies or loses its connection.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[], object],
        interval: float,
        *,
        leader_of: Database | None = None,
    ) -> None:
        self.name = name
        self._work = work
        self._interval = interval
        self._leadership = Leadership(leader_of.url, name) if leader_of else None
        self._wake = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        self._wake.set()

    def stop(self) -> None:
        self._stopped.set()
        self._wake.set()

    def join(self, timeout: float) -> None:
        self._thread.join(timeout)

    def _run(self) -> None:
        pause = self._interval
        while not self._stopped.is_set():
            try:
                if self._leadership is None or self._leadership.hold():
                    self._work()
                pause = self._interval
            except Exception:
                log.exception("worker_failed", worker=self.name)
                pause = min(max(pause, 0.1) * 2, max(LONGEST_PAUSE, self._interval))
            self._wake.wait(pause)
            self._wake.clear()
        if self._leadership is not None:
            self._leadership.release()


class Leadership:
    """An advisory lock on a connection of its own: it is gone when the process is."""

    def __init__(self, url: str, name: str) -> None:
        self._url = url
        self._name = name
        self._connection: psycopg.Connection | None = None

    def hold(self) -> bool:
        """True while this process is the leader. Asks the server each time: a lost connection is
        a lost lock."""
        try:
            if self._connection is None:
                self._connection = psycopg.connect(bounded(self._url), autocommit=True)
                return self._acquire(self._connection)
            self._connection.execute("SELECT 1")
        except psycopg.Error:
            self.release()
            return False
        return True

    def release(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _acquire(self, connection: psycopg.Connection) -> bool:
        row = connection.execute(
            "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", (f"leader:{self._name}",)
        ).fetchone()
        if row is not None and row[0]:
            return True
        self.release()
        return False
