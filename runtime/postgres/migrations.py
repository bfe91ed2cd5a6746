"""Numbered changes of tables, applied in order, each once, and recorded with a checksum."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from psycopg.sql import SQL, Identifier

from runtime.postgres.database import Cursor, Database

RECORD = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    owner      text NOT NULL,
    number     int NOT NULL,
    name       text NOT NULL,
    checksum   text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (owner, number, name)
)
"""
FILE = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")
REPEATABLE = 0


class SchemaMismatch(Exception):
    """One line: this version and the database do not belong together."""


@dataclass(frozen=True)
class Migration:
    """`checksum` is of the file. Number 0 is repeatable: applied again whenever it changes."""

    owner: str
    number: int
    name: str
    checksum: str
    sql: str

    def __str__(self) -> str:
        return f"{self.owner} {self.number:04}_{self.name}" if self.number else self.name

    @property
    def identity(self) -> tuple[str, int, str]:
        return self.owner, self.number, self.name


@dataclass(frozen=True)
class Migrations:
    """What made the tables of one owner. `folder` holds `0001_<name>.sql`, `0002_…`; in them
    `{name}` stands for `names[name]`. `repeatable`: files of `CREATE OR REPLACE`."""

    owner: str
    folder: Path
    names: Mapping[str, str] = field(default_factory=dict)
    repeatable: Sequence[Path] = ()

    @property
    def numbered(self) -> list[Migration]:
        """Raises ValueError unless the numbers are 1, 2, 3…"""
        found = [(FILE.fullmatch(path.name), path) for path in sorted(self.folder.glob("*.sql"))]
        listed = [self._read(path, int(m[1]), m[2]) for m, path in found if m]
        if not listed or [each.number for each in listed] != list(range(1, len(found) + 1)):
            raise ValueError(f"the migrations in {self.folder} are not numbered 0001, 0002, …")
        return listed

    @property
    def listed(self) -> list[Migration]:
        return self.numbered + [self._read(path, REPEATABLE, path.stem) for path in self.repeatable]

    @property
    def sql(self) -> str:
        """All of it, for an empty schema."""
        return "\n".join(migration.sql for migration in self.listed)

    def _read(self, path: Path, number: int, name: str) -> Migration:
        text = path.read_text(encoding="utf-8")
        checksum = hashlib.sha256(text.encode()).hexdigest()
        for placeholder, value in self.names.items():
            text = text.replace(f"{{{placeholder}}}", value)
        return Migration(self.owner, number, name, checksum, text)


class Schema:
    """The PostgreSQL schema of one part, and who owns tables in it."""

    def __init__(self, database: Database, *owners: Migrations) -> None:
        self.database = database
        self.owners = owners

    @property
    def name(self) -> str:
        return self.database.schema

    def pending(self) -> list[Migration]:
        """What this version has and the database has not. Raises SchemaMismatch when the database
        has more, or had another text of the same."""
        with self.database.transaction() as cursor:
            recorded = _recorded(cursor)
        listed = [migration for owner in self.owners for migration in owner.listed]
        owners = {each.owner for each in self.owners}
        known = {migration.identity for migration in listed}
        for owner, number, name in recorded.keys() - known:
            if owner in owners and number != REPEATABLE:
                raise SchemaMismatch(
                    f"The schema {self.name!r} has the migration {owner} "
                    f"{number:04}_{name} of a newer version: start that version, or restore a "
                    "backup from before the upgrade"
                )
        return [each for each in listed if not self._is_applied(each, recorded)]

    def migrate(self) -> list[Migration]:
        """Applies what is pending, each in a transaction; returns what it applied. Safe when
        several processes start at once."""
        self._prepare()
        applied = [migration for migration in self.pending() if self._apply(migration)]
        self.database.register_type_adapters()
        return applied

    def _prepare(self) -> None:
        with self.database.migration() as cursor:
            cursor.execute(SQL("CREATE SCHEMA IF NOT EXISTS {}").format(Identifier(self.name)))
            shown = cursor.execute("SELECT current_schema() AS schema").fetchall()[0]["schema"]
            if shown != self.name:
                raise SchemaMismatch(
                    f"The search path {self.name!r} was not taken over: connect migrations to "
                    "PostgreSQL directly, not through a pooler"
                )
            cursor.execute(RECORD)

    def _apply(self, migration: Migration) -> bool:
        """False when another process was faster."""
        with self.database.migration() as cursor:
            if self._is_applied(migration, _recorded(cursor)):
                return False
            cursor.execute(migration.sql.encode())
            cursor.execute(
                "INSERT INTO schema_migrations (owner, number, name, checksum) "
                "VALUES (%s, %s, %s, %s) ON CONFLICT (owner, number, name) DO UPDATE "
                "SET checksum = EXCLUDED.checksum, applied_at = clock_timestamp()",
                (*migration.identity, migration.checksum),
            )
        return True

    def _is_applied(
        self, migration: Migration, recorded: Mapping[tuple[str, int, str], str]
    ) -> bool:
        checksum = recorded.get(migration.identity)
        if checksum not in (None, migration.checksum) and migration.number != REPEATABLE:
            raise SchemaMismatch(
                f"The migration {migration} was applied to the schema {self.name!r} "
                "with another text: a migration never changes, add one"
            )
        return checksum == migration.checksum


def _recorded(cursor: Cursor) -> dict[tuple[str, int, str], str]:
    """Checksums by owner, number and name."""
    found = cursor.execute("SELECT to_regclass('schema_migrations') AS record").fetchall()
    if found[0]["record"] is None:
        return {}
    rows = cursor.execute("SELECT owner, number, name, checksum FROM schema_migrations").fetchall()
    return {(row["owner"], row["number"], row["name"]): row["checksum"] for row in rows}
