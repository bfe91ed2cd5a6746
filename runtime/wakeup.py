"""Wakes whoever waits for a commit: PostgreSQL's LISTEN, without polling."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence

import psycopg
import structlog
from psycopg.sql import SQL, Identifier

from runtime.database import bounded

log = structlog.get_logger()


class Wakeup:
    """LISTENs on channels (by database URL) and wakes whoever waits. Reconnects for ever."""

    def __init__(self, channels: Mapping[str, Iterable[str]]) -> None:
        self._condition = threading.Condition()
        self._count = 0
        self._stopped = threading.Event()
        self._threads = [
            threading.Thread(target=self._listen, args=(url, tuple(names)), daemon=True)
            for url, names in channels.items()
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self.ring()

    def ring(self) -> None:
        with self._condition:
            self._count += 1
            self._condition.notify_all()

    @property
    def count(self) -> int:
        """Read before looking for events, so that a ring in between is not missed."""
        return self._count

    def wait(self, seen: int, timeout: float) -> None:
        """Returns when anything was committed since `seen`, or after `timeout` seconds."""
        with self._condition:
            self._condition.wait_for(lambda: self._count != seen, timeout)

    def _listen(self, url: str, channels: Sequence[str]) -> None:
        while not self._stopped.is_set():
            try:
                with psycopg.connect(bounded(url), autocommit=True) as connection:
                    self._listen_on(connection, channels)
            except psycopg.Error as error:
                if not self._stopped.is_set():
                    log.warning("wakeup_lost", error=type(error).__name__)
                self._stopped.wait(0.5)

    def _listen_on(self, connection: psycopg.Connection, channels: Sequence[str]) -> None:
        for channel in channels:
            connection.execute(SQL("LISTEN {}").format(Identifier(channel)))
        self.ring()
        while not self._stopped.is_set():
            for _ in connection.notifies(timeout=0.5, stop_after=1):
                self.ring()
