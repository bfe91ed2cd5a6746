"""What an operator sees when a version and a database do not belong together."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from runtime.postgres import embedded_server
from tests.support.system import RunningSystem

STARTS = (["run"], ["serve", "metering"], ["project"], ["relay", "billing"], ["migrate"])


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSystem]:
    """Its database is up and empty."""
    system = RunningSystem(tmp_path_factory.mktemp("stopped"))
    (system.directory / "data").mkdir()
    embedded_server.start(system.directory / "data" / "postgres")
    try:
        yield system
    finally:
        system.end()


def execute(directory: Path, statement: str) -> None:
    url = embedded_server.start(directory / "data" / "postgres")
    with psycopg.connect(url) as connection:
        connection.execute(statement.encode())


def refusal(system: RunningSystem, command: list[str]) -> str:
    result = system.cli(*command, check=False)
    assert result.returncode == 2, result.stdout + result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    return result.stderr


@pytest.mark.slow
class TestSchemaAndVersion:
    def test_what_is_missing_is_said_and_then_applied(self, stopped: RunningSystem) -> None:
        missing = stopped.cli("migrate", "--check", check=False)
        assert missing.returncode == 1
        assert "billing: inbox 0001_baseline is missing" in missing.stdout
        assert "run `billing migrate`" in refusal(stopped, ["serve", "billing"])
        assert "billing: inbox 0001_baseline" in stopped.cli("migrate").stdout
        for command in (["migrate", "--check"], ["migrate"]):
            assert stopped.cli(*command).stdout == "Schemas are up to date.\n"

    def test_nothing_starts_on_a_newer_schema(self, stopped: RunningSystem) -> None:
        stopped.cli("migrate")
        for schema in ("billing", "metering", "projections"):
            execute(
                stopped.directory,
                f"INSERT INTO {schema}.schema_migrations (owner, number, name, checksum) "
                "VALUES ('positions', 9999, 'of_tomorrow', '')",
            )
        for command in (*STARTS, ["migrate", "--check"]):
            said = refusal(stopped, command)
            assert "positions 9999_of_tomorrow of a newer version" in said, command
