"""What is acknowledged is on the disk, and not only with the operating system: of a killed server
both are left, of a power cut the disk."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from runtime.postgres import embedded_server
from tests.support.metering_caller import Caller, caller
from tests.support.metering_service import MeteringService, served

MESSAGES = 30
SYNCED = "SELECT coalesce(sum(fsyncs), 0)::int FROM pg_stat_io WHERE object = 'wal'"


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    try:
        yield embedded_server.start(tmp_path / "pg")
    finally:
        embedded_server.stop(tmp_path / "pg")


def synced(host: Caller, connection: psycopg.Connection) -> int:
    """How often the log of transactions was forced to the disk. A session reports it at the end of
    a transaction, once a second at most."""
    time.sleep(1.5)
    host.message(f"report-{time.monotonic()}")
    row = connection.execute(SYNCED).fetchone()
    assert row is not None
    return int(row[0])


def syncs_of_messages(host: Caller, connection: psycopg.Connection, tag: str) -> int:
    """One after the other, so that no commit is forced together with another."""
    before = synced(host, connection)
    for number in range(MESSAGES):
        assert host.message(f"{tag}-{number}").status_code == 201
    return synced(host, connection) - before


class TestAcknowledged:
    @pytest.mark.slow
    def test_means_forced_to_the_disk_unless_the_database_is_told_not_to(self, url: str) -> None:
        metering = MeteringService(url, project=False)
        with (
            served(metering) as origin,
            caller(origin) as host,
            psycopg.connect(url, autocommit=True) as connection,
        ):
            assert syncs_of_messages(host, connection, "durable") >= MESSAGES
            # The control: what the line above would miss, if it missed anything.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
            time.sleep(0.5)
            assert syncs_of_messages(host, connection, "lost") < MESSAGES
