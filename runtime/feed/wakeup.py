"""Wakes whoever waits for a commit: PostgreSQL's LISTEN, without polling."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from weakref import WeakSet

import psycopg
import structlog
from psycopg.sql import SQL, Identifier

from runtime.postgres.database import bounded

log = structlog.get_logger()


class Listener:
    """Hears of some channels. For one thread at a time."""

    def __init__(self, channels: Iterable[str]) -> None:
        self._channels = frozenset(channels)
        self._rung = set(self._channels)
        self._condition = threading.Condition()

    def ring(self, channels: Iterable[str]) -> None:
        with self._condition:
            self._rung |= self._channels.intersection(channels)
            if self._rung:
                self._condition.notify_all()

    def rung(self) -> set[str]:
        """The channels where something was committed since this was asked; at first all."""
        with self._condition:
            rung, self._rung = self._rung, set()
            return rung

    def wait(self, timeout: float) -> set[str]:
        """The same as soon as there are any; after `timeout` seconds all, for a notification may
        have been lost with its connection."""
        with self._condition:
            if not self._condition.wait_for(lambda: self._rung, timeout):
                self._rung = set(self._channels)
        return self.rung()


class Wakeup:
    """LISTENs on channels (by database URL) and tells listeners. Reconnects for ever."""

    def __init__(self, channels: Mapping[str, Iterable[str]]) -> None:
        self._channels = [name for names in channels.values() for name in names]
        self._listeners: WeakSet[Listener] = WeakSet()
        self._changing = threading.Lock()
        self._stopped = threading.Event()
        self._threads = [
            threading.Thread(target=self._listen, args=(url, tuple(names)), daemon=True)
            for url, names in channels.items()
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Nobody need wait any longer."""
        self._stopped.set()
        self._ring(self._channels)

    def listener(self, channels: Iterable[str]) -> Listener:
        """Told for as long as somebody holds it."""
        listener = Listener(channels)
        with self._changing:
            self._listeners.add(listener)
        return listener

    def _ring(self, channels: Iterable[str]) -> None:
        with self._changing:
            for listener in self._listeners:
                listener.ring(channels)

    def _listen(self, url: str, channels: Sequence[str]) -> None:
        lost = False
        while not self._stopped.is_set():
            try:
                with psycopg.connect(
                    bounded(url), autocommit=True, application_name="billing wakeup"
                ) as connection:
                    lost = False
                    self._listen_on(connection, channels)
            except psycopg.Error as error:
                if not (lost or self._stopped.is_set()):
                    log.warning("wakeup_lost", error=type(error).__name__)
                lost = True
                self._stopped.wait(0.5)

    def _listen_on(self, connection: psycopg.Connection, channels: Sequence[str]) -> None:
        for channel in channels:
            connection.execute(SQL("LISTEN {}").format(Identifier(channel)))
        self._ring(channels)
        while not self._stopped.is_set():
            for notification in connection.notifies(timeout=0.5, stop_after=1):
                self._ring([notification.channel])
