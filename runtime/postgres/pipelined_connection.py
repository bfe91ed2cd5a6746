"""One PostgreSQL connection of the event loop's own: prepared statements, binary values, no thread.

A pool of sync connections in threads costs two thread switches a statement and competes for the
interpreter lock with the loop; here the loop itself watches the socket.
"""

from __future__ import annotations

import asyncio
import os
import select
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import psycopg
from psycopg.pq import DiagnosticField, ExecStatus
from psycopg.pq.abc import PGconn, PGresult
from psycopg.sql import SQL, Identifier

from runtime.postgres.database import bounded

_FINE = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)
Row = list[bytes | None]
# Of statements that take milliseconds; a server that is silent for so long is taken for lost.
ANSWER_SECONDS = 15.0
PIECE_MILLISECONDS = 1


class ConnectionLost(Exception):
    """The connection broke; whether the statement in flight was committed is unknown."""


class StatementRefused(Exception):
    """The server refused the statement: nothing of it was kept."""


class PipelinedConnection:
    """Runs one statement at a time. `statements` are prepared under their names at connecting;
    `heard(channel)` is called for notifications that other connections sent on `channels`."""

    def __init__(
        self,
        url: str,
        statements: Mapping[str, str],
        *,
        schema: str,
        settings: Mapping[str, str] = MappingProxyType({}),
        channels: Sequence[str] = (),
        heard: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._url = bounded(url)
        self._options = " ".join(
            f"-c {name}={value}"
            for name, value in {"search_path": f"{schema},pg_catalog", **settings}.items()
        )
        self._statements = statements
        self._channels = channels
        self._heard = heard
        self._connection: psycopg.Connection | None = None
        self._conn: PGconn | None = None
        self._pid = 0
        self._started = ""
        self._watched = -1
        self._writing = False
        self._answer: asyncio.Future[PGresult] | None = None
        self._result: PGresult | None = None

    async def connect(self) -> None:
        """Ends the session before this one for certain, then opens a new one. A statement that
        was in flight is afterwards either committed or gone. Raises ConnectionLost."""
        self.close()
        try:
            self._watch(await asyncio.to_thread(self._open))
        except psycopg.Error as error:
            raise ConnectionLost(str(error)) from error

    def _watch(self, connection: psycopg.Connection) -> None:
        conn = connection.pgconn
        conn.nonblocking = 1
        # libpq closes its descriptor when the connection breaks; the loop watches one of its own.
        self._watched = os.dup(conn.socket)
        self._connection, self._conn = connection, conn
        asyncio.get_running_loop().add_reader(self._watched, self._readable)

    def _open(self) -> psycopg.Connection:
        connection = psycopg.connect(
            self._url,
            autocommit=True,
            options=self._options,
            application_name="billing commits",
        )
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: psycopg.Connection) -> None:
        if self._pid:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
                "WHERE pid = %s AND backend_start::text = %s",
                (self._pid, self._started),
            )
        row = connection.execute(
            "SELECT backend_start::text FROM pg_stat_activity WHERE pid = pg_backend_pid()"
        ).fetchone()
        for name, statement in self._statements.items():
            prepared = connection.pgconn.prepare(name.encode(), statement.encode())
            if prepared.status not in _FINE:
                raise _failure(prepared)
        for channel in self._channels:
            connection.execute(SQL("LISTEN {}").format(Identifier(channel)))
        self._pid, self._started = connection.info.backend_pid, str(row[0]) if row else ""

    async def run(self, name: str, parameters: Sequence[bytes | None]) -> list[Row]:
        """The rows, in binary. Raises ConnectionLost or StatementRefused."""
        if self._conn is None:
            raise ConnectionLost("not connected")
        self._answer, self._result = asyncio.get_running_loop().create_future(), None
        try:
            self._conn.send_query_prepared(name.encode(), parameters, [1] * len(parameters), 1)
            self._send()
        except psycopg.Error as error:
            self._lose(str(error))
        result = await self._answered(self._answer)
        if result.status not in _FINE:
            failure = _failure(result)
            if isinstance(failure, ConnectionLost):
                self._lose(str(failure))
            raise failure
        columns = range(result.nfields)
        return [
            [result.get_value(row, column) for column in columns] for row in range(result.ntuples)
        ]

    async def _answered(self, answer: asyncio.Future[PGresult]) -> PGresult:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await answer
        except TimeoutError:
            self._lose("no answer")
            raise ConnectionLost("no answer") from None

    def close(self) -> None:
        if self._conn is not None:
            self._lose("closed")

    def _send(self) -> None:
        """A batch larger than the socket's buffer goes out piece by piece. The server takes a piece
        sooner than the loop comes round under load, so each is given a moment."""
        if self._conn is None:
            return
        loop = asyncio.get_running_loop()
        try:
            while (unsent := self._conn.flush()) and _takes_more(self._watched):
                pass
        except psycopg.Error as error:
            self._lose(str(error))
            return
        if unsent:
            loop.add_writer(self._watched, self._send)
        elif self._writing:
            loop.remove_writer(self._watched)
        self._writing = bool(unsent)

    def _readable(self) -> None:
        conn = self._conn
        if conn is None:
            return
        try:
            # uvloop tells only once of a socket with an error, so what follows the first piece (the
            # end of the connection, behind the server's last words) is looked for at once.
            for _ in range(2):
                conn.consume_input()
                self._collect(conn)
            self._hear(conn)
        except psycopg.Error as error:
            self._lose(str(error))

    def _hear(self, conn: PGconn) -> None:
        while (notification := conn.notifies()) is not None:
            if notification.be_pid != self._pid:
                self._heard(notification.relname.decode())

    def _collect(self, conn: PGconn) -> None:
        while self._answer is not None and not self._answer.done() and not conn.is_busy():
            result = conn.get_result()
            if result is not None:
                self._result = result
            elif self._result is not None:
                self._answer.set_result(self._result)
            else:
                self._lose("no answer")

    def _lose(self, reason: str) -> None:
        connection, self._connection, self._conn = self._connection, None, None
        if connection is not None:
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._watched)
            loop.remove_writer(self._watched)
            os.close(self._watched)
            self._writing = False
            connection.close()
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionLost(reason))


def _takes_more(descriptor: int) -> bool:
    room = select.poll()
    room.register(descriptor, select.POLLOUT)
    return bool(room.poll(PIECE_MILLISECONDS))


def _failure(result: PGresult) -> ConnectionLost | StatementRefused:
    """Only an ERROR is about the statement; a FATAL ends the session, and a broken connection has
    no severity."""
    message = result.get_error_message()
    refused = result.error_field(DiagnosticField.SEVERITY_NONLOCALIZED) == b"ERROR"
    return StatementRefused(message) if refused else ConnectionLost(message)
