"""Numbered migrations of one schema: applied in order, each once; refused when they differ."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from eventsourcing.postgres import PostgresApplicationRecorder

from runtime.eventstore.store import EventStore
from runtime.postgres.database import Database, PersistenceError
from runtime.postgres.migrations import Migrations, Schema, SchemaMismatch
from tests.upgrades.schema import described


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with Database(database_url, "billing") as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, "0001_baseline", "CREATE TABLE IF NOT EXISTS notes (id int PRIMARY KEY)")
    return tmp_path


def write(folder: Path, name: str, text: str) -> None:
    (folder / f"{name}.sql").write_text(text)


def applied(schema: Schema) -> list[str]:
    return [str(migration) for migration in schema.migrate()]


class TestMigrate:
    def test_applies_in_order_and_each_once(self, database: Database, folder: Path) -> None:
        write(folder, "0002_add_text", "ALTER TABLE notes ADD COLUMN text text")
        schema = Schema(database, Migrations("notes", folder))
        assert applied(schema) == ["notes 0001_baseline", "notes 0002_add_text"]
        assert applied(schema) == []
        assert schema.pending() == []

    def test_adopts_tables_that_are_there_with_what_they_hold(
        self, database: Database, folder: Path
    ) -> None:
        database.execute("CREATE SCHEMA billing")
        database.execute("CREATE TABLE notes (id int PRIMARY KEY)")
        database.execute("INSERT INTO notes VALUES (7)")
        assert applied(Schema(database, Migrations("notes", folder))) == ["notes 0001_baseline"]
        assert database.rows("SELECT id FROM notes") == [{"id": 7}]

    def test_one_that_fails_leaves_nothing_behind(self, database: Database, folder: Path) -> None:
        write(folder, "0002_break", "CREATE TABLE half (id int); SELECT 1 / 0")
        schema = Schema(database, Migrations("notes", folder))
        with pytest.raises(PersistenceError):
            schema.migrate()
        assert [str(migration) for migration in schema.pending()] == ["notes 0002_break"]
        assert database.rows("SELECT to_regclass('half') AS found") == [{"found": None}]

    def test_several_processes_at_once_apply_it_once(
        self, database: Database, folder: Path
    ) -> None:
        write(folder, "0002_count", "INSERT INTO notes SELECT count(*) FROM notes")
        schema = Schema(database, Migrations("notes", folder))
        with ThreadPoolExecutor(5) as pool:
            done = [
                name for names in pool.map(lambda _: applied(schema), range(5)) for name in names
            ]
        assert sorted(done) == ["notes 0001_baseline", "notes 0002_count"]
        assert database.rows("SELECT count(*) AS rows FROM notes") == [{"rows": 1}]

    def test_a_repeatable_one_is_applied_again_when_it_changed(
        self, database: Database, folder: Path, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        functions = tmp_path_factory.mktemp("functions")
        for answer in (1, 2):
            text = f"CREATE OR REPLACE FUNCTION answer() RETURNS int RETURN {answer}"
            write(functions, "answer", text)
            schema = Schema(
                database, Migrations("notes", folder, repeatable=[functions / "answer.sql"])
            )
            assert applied(schema)[-1] == "answer"
            assert applied(schema) == []
            assert database.rows("SELECT answer()") == [{"answer": answer}]


class TestRefusal:
    def test_of_a_schema_that_is_newer(self, database: Database, folder: Path) -> None:
        write(folder, "0002_add_text", "ALTER TABLE notes ADD COLUMN text text")
        schema = Schema(database, Migrations("notes", folder))
        schema.migrate()
        (folder / "0002_add_text.sql").unlink()
        for attempt in (schema.pending, schema.migrate):
            with pytest.raises(SchemaMismatch, match="notes 0002_add_text of a newer version"):
                attempt()

    def test_of_a_migration_that_changed(self, database: Database, folder: Path) -> None:
        schema = Schema(database, Migrations("notes", folder))
        schema.migrate()
        write(folder, "0001_baseline", "CREATE TABLE IF NOT EXISTS notes (id bigint)")
        for attempt in (schema.pending, schema.migrate):
            with pytest.raises(SchemaMismatch, match="never changes, add one"):
                attempt()

    def test_of_numbers_with_a_gap_or_twice(self, folder: Path) -> None:
        for name in ("0003_later", "0001_again"):
            write(folder, name, "SELECT 1")
            with pytest.raises(ValueError, match="not numbered"):
                _ = Migrations("notes", folder).numbered
            (folder / f"{name}.sql").unlink()

    def test_of_a_connection_that_ignores_the_search_path(
        self, database: Database, folder: Path
    ) -> None:
        """As a pooler's does: all tables would land in one schema."""
        database.schema = "another"
        with pytest.raises(SchemaMismatch, match="not through a pooler"):
            Schema(database, Migrations("notes", folder)).migrate()


class TestEventTables:
    @pytest.mark.parametrize("ids", ["text", "uuid"])
    def test_are_those_of_the_library_with_the_time_of_recording(
        self, ids: str, database_url: str
    ) -> None:
        found = []
        for schema, make in (("billing", _ours), ("metering", _library)):
            with Database(database_url, schema, ids="uuid" if ids == "uuid" else "text") as opened:
                opened.execute(f"CREATE SCHEMA {schema}")
                make(opened)
            lines = [line.split(" md5 ")[0] for line in described(database_url)]
            found.append({line.replace(schema, "x") for line in lines if line.startswith(schema)})
        of_every_schema = ("schema_migrations", "log_epochs")
        ours = {line for line in found[0] if not any(name in line for name in of_every_schema)}
        assert {line.split(" ")[2] for line in ours - found[1]} == {"recorded_at"}
        assert not found[1] - ours


def _ours(database: Database) -> None:
    EventStore("ledger", database).migrate()


def _library(database: Database) -> None:
    PostgresApplicationRecorder(database, events_table_name="ledger_events").create_table()
