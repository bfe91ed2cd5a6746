"""Copies of a PostgreSQL server as operators keep them, each behind the original by what came
last. A copy is taken while the server is written to."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Protocol

import psycopg

from runtime.postgres.embedded_server import binary, start
from tests.support.postgres import abandon

# A server keeps its socket in its data directory.
SOCKET_LOCK = ".s.PGSQL.5432.lock"
SETTINGS = "postgresql.auto.conf"


class Primary:
    """A server of a drill's own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.url = start(directory)

    def run(self, statement: str) -> object:
        with psycopg.connect(self.url, autocommit=True) as connection:
            found = connection.execute(statement.encode())
            return found.fetchone() if found.description else None

    def kill(self) -> None:
        os.kill(int((self.directory / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)


class Copy(Protocol):
    """`cut_off`: nothing that is committed later comes into it. `recovered`: it serves; its URL."""

    def cut_off(self) -> None: ...
    def recovered(self) -> str: ...


class Standby:
    """Streams from the primary, which does not wait for it."""

    name: ClassVar = "standby"

    def __init__(self, primary: Primary, directory: Path) -> None:
        self.directory = directory
        _base_backup(primary, directory, "--write-recovery-conf")
        self.url = start(directory)

    def cut_off(self) -> None:
        self._run("ALTER SYSTEM SET primary_conninfo = ''", "SELECT pg_reload_conf()")

    def recovered(self) -> str:
        self._run("SELECT pg_promote()")
        return self.url

    def _run(self, *statements: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())


class Dump:
    """What pg_dump wrote at one moment."""

    name: ClassVar = "dump"

    def __init__(self, primary: Primary, directory: Path) -> None:
        self.primary, self.directory = primary, directory
        self.file = directory.with_suffix(".dump")

    def cut_off(self) -> None:
        _program("pg_dump", "--format=custom", f"--file={self.file}", self.primary.url)

    def recovered(self) -> str:
        url = start(self.directory)
        _program("pg_restore", "--exit-on-error", f"--dbname={url}", str(self.file))
        return url


class PointInTime:
    """A base backup and the archived log behind it, played back to a moment."""

    name: ClassVar = "point-in-time"

    def __init__(self, primary: Primary, directory: Path) -> None:
        self.primary, self.directory = primary, directory
        self.archive = directory.with_suffix(".wal")
        self.archive.mkdir()
        shutil.chown(self.archive, primary.directory.owner())
        primary.run("ALTER SYSTEM SET archive_mode = 'on'")
        primary.run(f"ALTER SYSTEM SET archive_command = 'cp %p {self.archive}/%f'")
        _restart(primary)
        _base_backup(primary, directory)
        self.moment: datetime | None = None

    def cut_off(self) -> None:
        [self.moment] = self.primary.run("SELECT clock_timestamp()")  # type: ignore[misc]

    def recovered(self) -> str:
        """What the dead server had not archived yet is in its own directory, as on a disk that is
        still there."""
        shutil.copytree(
            self.primary.directory / "pg_wal", self.archive, dirs_exist_ok=True, symlinks=True
        )
        with (self.directory / SETTINGS).open("a") as settings:
            settings.write(
                "archive_mode = 'off'\n"
                f"restore_command = 'cp {self.archive}/%f %p'\n"
                f"recovery_target_time = '{self.moment}'\n"
                "recovery_target_action = 'promote'\n"
            )
        (self.directory / "recovery.signal").touch()
        _give(self.archive, self.primary)
        _give(self.directory, self.primary)
        return start(self.directory)


Kind = Standby | Dump | PointInTime
COPIES = (Standby, Dump, PointInTime)


@contextmanager
def primary_and_copy(directory: Path, kind: type[Kind]) -> Iterator[tuple[Primary, Copy]]:
    original, copied = directory / "primary", directory / "copy"
    try:
        primary = Primary(original)
        yield primary, kind(primary, copied)
    finally:
        abandon(original)
        abandon(copied)


def _restart(primary: Primary) -> None:
    abandon(primary.directory)
    start(primary.directory)


def _base_backup(primary: Primary, directory: Path, *options: str) -> None:
    common = ("--wal-method=stream", "--checkpoint=fast", f"--pgdata={directory}")
    _program("pg_basebackup", f"--dbname={primary.url}", *common, *options)
    (directory / SOCKET_LOCK).unlink(missing_ok=True)
    _give(directory, primary)


def _give(directory: Path, primary: Primary) -> None:
    """To whom the server runs as."""
    subprocess.run(["chown", "-R", primary.directory.owner(), str(directory)], check=True)


def _program(name: str, *arguments: str) -> None:
    done = subprocess.run([binary(name), *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
