"""Every table is history, follows from it, or is known to be neither."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from deploy.composition import Composition
from deploy.tables import derived_tables, known_tables
from tests.upgrades.schema import SCHEMAS, composition

TABLES = "SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY(%s)"


@pytest.fixture
def built(database_url: str, tmp_path: Path) -> Iterator[Composition]:
    made = composition(database_url, tmp_path)
    made.migrate()
    yield made
    for schema in made.schemas():
        schema.database.close()


class TestTables:
    def test_every_table_is_known_for_what_it_is(
        self, built: Composition, database_url: str
    ) -> None:
        with psycopg.connect(database_url) as connection:
            found = set(connection.execute(TABLES, (list(SCHEMAS),)).fetchall())
        known = {(table.schema, table.name) for table in known_tables(built)}
        assert found - known == set(), "neither source nor derived: see deploy/tables.py"
        assert {each for each in known - found if each[1] not in PER_SERVICE} == set()

    def test_of_an_empty_installation_all_tables_are_equal(self, built: Composition) -> None:
        publishers = built.events.publishers
        assert all(not each.compare(publishers) for each in derived_tables(built))


# Not in every schema.
PER_SERVICE = {"log_epochs", "idempotency_keys", "failed_items", "positions", "parked_events"}
