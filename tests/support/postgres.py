"""One PostgreSQL server for the whole test run, a fresh database for whoever asks."""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Identifier

from runtime.postgres import embedded_server

_numbers = itertools.count()
# Drops what a test is done with while the next one runs.
_sweeper = ThreadPoolExecutor(1)


def server_url(directory: Path) -> str:
    """Starts the server, or finds the one that another worker of the same run started."""
    return embedded_server.start(directory)


def abandon(directory: Path) -> None:
    """Ends the server of that directory at once, without writing down what it has in memory."""
    with suppress(OSError, IndexError, ProcessLookupError):
        os.kill(int((directory / "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)


@contextmanager
def fresh_database(url: str) -> Iterator[str]:
    """The URL of a new empty database, dropped afterwards with whoever is still connected."""
    with _created(url, "template0") as created:
        yield created


@contextmanager
def cloned_database(url: str, template: str) -> Iterator[str]:
    """A copy of the database `template` (its URL), to which nobody may be connected: quicker than
    to fill it again."""
    with _created(url, str(conninfo_to_dict(template)["dbname"])) as created:
        yield created


@contextmanager
def _created(url: str, template: str) -> Iterator[str]:
    """Copying files takes a fifth of the time of writing them to the log."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    statement = SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(statement.format(Identifier(name), Identifier(template)))
    try:
        yield make_conninfo(url, dbname=name)
    finally:
        _sweeper.submit(_drop, url, name)


def _drop(url: str, name: str) -> None:
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))
