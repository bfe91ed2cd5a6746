"""One PostgreSQL schema of one part, and its small connection pool."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import psycopg
from eventsourcing.persistence import (
    IntegrityError,
    InterfaceError,
    OperationalError,
    PersistenceError,
)
from eventsourcing.postgres import PostgresDatastore
from psycopg import Cursor as PsycopgCursor
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import DictRow, tuple_row
from psycopg.types.json import Jsonb
from psycopg.types.multirange import Multirange
from psycopg.types.range import Range

Cursor = PsycopgCursor[DictRow]

__all__ = [
    "OUTAGES",
    "Cursor",
    "Database",
    "IntegrityError",
    "Jsonb",
    "Multirange",
    "OperationalError",
    "PersistenceError",
    "Range",
    "Row",
    "bounded",
]

Row = DictRow
# The database is away, or too busy: nothing else is to blame.
OUTAGES = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)
# A server that died may leave a connection half made, or without an answer for hours.
TIMEOUTS = {
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "2",
    "tcp_user_timeout": "20000",
}

# Nothing of a request takes so long; what does says so (`take_time`).
STATEMENT_SECONDS = 60
LOCK_SECONDS = 10
RECONNECT_SECONDS = 2.0
IDLE_SECONDS = 60.0
# The pool tells of each attempt to connect; whoever waits for it says so once.
logging.getLogger("psycopg.pool").setLevel(logging.ERROR)


def bounded(url: str) -> str:
    """The URL with an end to all waiting on a server that is gone; what it says itself holds."""
    parameters: dict[str, Any] = {**TIMEOUTS, **conninfo_to_dict(url)}
    return make_conninfo(**parameters)


def unreachable(url: str) -> str:
    """Why no connection can be made, in one line without the password; empty when one can."""
    try:
        psycopg.connect(bounded(url)).close()
    except psycopg.Error as error:
        return " ".join(str(error).split())
    return ""


class Database(PostgresDatastore):
    """`schema` is the search path of every connection, so SQL names tables without it.

    Rows are dicts. Errors are those of `eventsourcing.persistence`, never psycopg's.
    """

    def __init__(
        self,
        url: str,
        schema: str,
        *,
        max_connections: int = 6,
        ids: Literal["uuid", "text"] = "text",
    ) -> None:
        parameters: dict[str, Any] = dict(conninfo_to_dict(bounded(url)))
        super().__init__(
            dbname=parameters.pop("dbname", "postgres"),
            host=parameters.pop("host", ""),
            port=parameters.pop("port", 5432),
            user=parameters.pop("user", "postgres"),
            password=parameters.pop("password", ""),
            pool_size=1,
            max_overflow=max_connections - 1,
            schema=schema,
            lock_timeout=LOCK_SECONDS,
            originator_id_type=ids,
        )
        # What waits for a connection asks for one anew, instead of waiting out growing pauses.
        self.pool.reconnect_timeout = RECONNECT_SECONDS
        self.pool.max_idle = IDLE_SECONDS
        self.url = url
        if not isinstance(self.pool.kwargs, dict):
            raise TypeError("the pool computes its arguments")
        bounds = f"-c lock_timeout={LOCK_SECONDS}s -c statement_timeout={STATEMENT_SECONDS}s"
        given, path = parameters.get("options", ""), f"-c search_path={schema},pg_catalog"
        parameters["options"] = " ".join(filter(None, (bounds, given, path)))
        self.pool.kwargs.update({"application_name": f"billing {schema}", **parameters})

    @contextmanager
    def migration(self) -> Iterator[Cursor]:
        """A transaction in which nobody else migrates this schema."""
        with self.transaction(commit=True) as cursor:
            self.take_time(cursor)
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", (f"ddl:{self.schema}",))
            yield cursor

    @staticmethod
    def take_time(cursor: Cursor) -> None:
        """Of the rest of a transaction that reads or locks much: it may take as long as it does."""
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL lock_timeout = 0")

    def rows(self, query: str | bytes, parameters: Any = None) -> list[Row]:
        """Runs one statement, which is a transaction of its own, and returns all its rows."""
        with self._run(query, parameters) as cursor:
            return cursor.fetchall()

    def tuples(self, query: str, parameters: Sequence[object]) -> list[tuple[Any, ...]]:
        """Like `rows`, for many or large ones: values come in binary, rows are tuples."""
        with self.cursor() as cursor:
            found = cursor.connection.cursor(row_factory=tuple_row, binary=True)
            return found.execute(query.encode(), parameters).fetchall()

    def execute(self, statement: str | bytes, parameters: Any = None) -> int:
        """Like `rows`, of a statement that returns none; how many it changed."""
        with self._run(statement, parameters) as cursor:
            return cursor.rowcount

    @contextmanager
    def _run(self, statement: str | bytes, parameters: Any) -> Iterator[Cursor]:
        text = statement.encode() if isinstance(statement, str) else statement
        with self.cursor() as cursor:
            yield cursor.execute(text, parameters)
