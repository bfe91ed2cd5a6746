"""Who leads, among processes: advisory locks, all of a process on one connection to a server."""

from __future__ import annotations

import threading

import psycopg

from runtime.postgres.database import bounded

TAKE = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"
GIVE = "SELECT pg_advisory_unlock(hashtextextended(%s, 0))"


class Leadership:
    """A lock that is gone when the process is, or its connection."""

    def __init__(self, url: str, name: str) -> None:
        self._locks = _locks_of(url)
        self._name = f"leader:{name}"

    def hold(self) -> bool:
        """True while this holds it. Asks the server each time: a lost connection is a lost lock."""
        return self._locks.hold(self._name, self)

    def release(self) -> None:
        self._locks.release(self._name, self)


class _Locks:
    """On one connection, which is there while somebody holds a lock. For threads at once."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: psycopg.Connection | None = None
        self._held: dict[str, object] = {}
        self._using = threading.Lock()

    def hold(self, name: str, owner: object) -> bool:
        with self._using:
            try:
                return self._hold(self._connected(), name, owner)
            except psycopg.Error:
                self._lose()
                return False
            finally:
                self._leave_if_unused()

    def _connected(self) -> psycopg.Connection:
        if self._connection is None:
            self._connection = psycopg.connect(
                bounded(self._url), autocommit=True, application_name="billing leadership"
            )
        return self._connection

    def _hold(self, connection: psycopg.Connection, name: str, owner: object) -> bool:
        holder = self._held.get(name)
        if holder is not None:
            connection.execute("SELECT 1")
            return holder is owner
        row = connection.execute(TAKE, (name,)).fetchone()
        if row is not None and row[0]:
            self._held[name] = owner
        return name in self._held

    def release(self, name: str, owner: object) -> None:
        with self._using:
            if self._held.get(name) is not owner or self._connection is None:
                return
            del self._held[name]
            try:
                self._connection.execute(GIVE, (name,))
            except psycopg.Error:
                self._lose()
            self._leave_if_unused()

    def _leave_if_unused(self) -> None:
        if not self._held:
            self._lose()

    def _lose(self) -> None:
        connection, self._connection = self._connection, None
        self._held.clear()
        if connection is not None:
            connection.close()


_known: dict[str, _Locks] = {}
_knowing = threading.Lock()


def _locks_of(url: str) -> _Locks:
    with _knowing:
        return _known.setdefault(url, _Locks(url))
