"""The tables of all parts: no change without a migration, and no released migration changes."""

from __future__ import annotations

import lzma
import subprocess
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path

import psycopg
import pytest

from deploy.composition import Composition
from runtime.postgres import embedded_server
from runtime.postgres.migrations import SchemaMismatch
from tests.upgrades.fixture import FOLDER, VERSIONS
from tests.upgrades.record import DUMP
from tests.upgrades.schema import (
    RELEASED,
    SCHEMA,
    WRITE,
    all_migrations,
    composition,
    described,
    pins,
)


@pytest.fixture
def built(database_url: str, tmp_path: Path) -> Iterator[Composition]:
    made = composition(database_url, tmp_path)
    yield made
    for schema in made.schemas():
        schema.database.close()


def changes(kept: list[str], found: list[str]) -> list[str]:
    lines = unified_diff(kept, found, "schema.txt", "the migrations", n=0, lineterm="")
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def altered(released: list[str], found: list[str]) -> list[str]:
    return sorted(set(released) - set(found))


def restored(database_url: str, version: str) -> None:
    dump = lzma.decompress((FOLDER / version / DUMP).read_bytes())
    restore = [str(embedded_server.binary("psql")), "-q", "-v", "ON_ERROR_STOP=1", database_url]
    subprocess.run(restore, input=dump, check=True, stdout=subprocess.DEVNULL)


class TestSchema:
    def test_is_the_one_that_was_agreed_on(self, built: Composition, database_url: str) -> None:
        built.migrate()
        different = changes(SCHEMA.read_text().splitlines(), described(database_url))
        assert not different, "\n".join(
            ["The tables changed. If a new migration did that on purpose:", WRITE, *different]
        )

    def test_no_released_migration_changes(self, built: Composition) -> None:
        different = altered(RELEASED.read_text().splitlines(), pins(all_migrations(built)))
        assert not different, "\n".join(
            ["A released migration changed; put it back and add one:", *different]
        )

    @pytest.mark.parametrize("version", VERSIONS)
    def test_of_an_earlier_version_becomes_the_same(
        self, version: str, built: Composition, database_url: str
    ) -> None:
        restored(database_url, version)
        built.migrate()
        assert not changes(SCHEMA.read_text().splitlines(), described(database_url))

    def test_baselines_change_nothing_of_what_they_adopt(
        self, built: Composition, database_url: str
    ) -> None:
        restored(database_url, "0.1.0")
        before = described(database_url)
        for schema in built.schemas(["billing", "metering", "addons", "projections"]):
            with schema.database.migration() as cursor:
                for owner in schema.owners:
                    cursor.execute(owner.numbered[0].sql.encode())
        changed = changes(before, described(database_url))
        assert [line for line in changed if line.startswith("-")] == []


class TestStart:
    def test_a_part_looks_at_its_own_schema_only(self, built: Composition) -> None:
        for schema in built.schemas(["metering"]):
            schema.migrate()
        built.check_schemas(["metering"])
        with pytest.raises(SchemaMismatch, match="'vault' lacks vault 0001_baseline"):
            built.check_schemas(["billing"])


class TestWhatWouldBeNoticed:
    def test_a_column_that_no_migration_added(self, built: Composition, database_url: str) -> None:
        built.migrate()
        kept = described(database_url)
        with psycopg.connect(database_url) as connection:
            connection.execute("ALTER TABLE billing.accounts ADD COLUMN unplanned int")
            connection.execute("DROP INDEX projections.orders_by_status")
        assert [line.split(" ")[:3] for line in changes(kept, described(database_url))] == [
            ["+billing.accounts", "column", "unplanned"],
            ["-projections.orders", "index", "CREATE"],
        ]

    def test_a_released_migration_with_another_text(self, built: Composition) -> None:
        released = pins(all_migrations(built))
        edited = [released[0].rsplit(" ", 1)[0] + " " + "0" * 64, *released[1:]]
        assert altered(released, edited) == [released[0]]
