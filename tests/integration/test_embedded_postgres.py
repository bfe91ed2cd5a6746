"""The embedded server, started by many at once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from runtime.postgres import embedded_server

START = """
import pathlib, sys
from runtime.postgres import embedded_server
print(embedded_server.start(pathlib.Path(sys.argv[1])))
"""


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "postgres"
    embedded_server.stop(tmp_path / "postgres")


class TestStart:
    @pytest.mark.slow
    def test_processes_that_start_it_at_once_share_one_lasting_server(
        self, directory: Path
    ) -> None:
        starters = [
            subprocess.Popen(
                [sys.executable, "-c", START, str(directory)], stdout=subprocess.PIPE, text=True
            )
            for _ in range(4)
        ]
        urls = {starter.communicate(timeout=60)[0].strip() for starter in starters}
        assert {starter.returncode for starter in starters} == {0}
        [url] = urls
        with psycopg.connect(url) as connection:
            row = connection.execute("SELECT pg_postmaster_start_time(), pg_current_logfile()")
            assert row.fetchone() is not None
        listed = int((directory / "postmaster.pid").read_text().split()[0])
        assert embedded_server.start(directory) == url
        assert int((directory / "postmaster.pid").read_text().split()[0]) == listed

    def test_stop_is_clean_and_says_whether_there_was_anything_to_stop(
        self, directory: Path
    ) -> None:
        embedded_server.start(directory)
        assert embedded_server.stop(directory)
        assert not embedded_server.stop(directory)

    @pytest.mark.slow
    def test_a_stale_pid_file_of_a_killed_server_is_no_obstacle(self, directory: Path) -> None:
        embedded_server.start(directory)
        pid_file = directory / "postmaster.pid"
        kept = pid_file.read_text()
        embedded_server.stop(directory)
        pid_file.write_text(kept.replace(kept.split("\n")[0], str(1), 1))
        url = embedded_server.start(directory)
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
