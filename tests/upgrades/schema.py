"""The schemas of all parts after all migrations, as text: see README.md.

python -m tests.upgrades.schema             writes schema.txt
python -m tests.upgrades.schema --released  adds to released.txt what is not in it yet
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import psycopg

from deploy.composition import Composition
from deploy.settings import Settings
from runtime.postgres import embedded_server
from runtime.postgres.migrations import Migration
from tests.support.postgres import abandon

FOLDER = Path(__file__).parent
SCHEMA, RELEASED = FOLDER / "schema.txt", FOLDER / "released.txt"
SCHEMAS = ("addons", "billing", "metering", "notifications", "projections", "vault")
WRITE = ".venv/bin/python -m tests.upgrades.schema"


def composition(url: str, directory: Path) -> Composition:
    """`url` may also be a connection string."""
    settings = Settings(data_dir=directory, env="test")
    return Composition(settings.model_copy(update={"database_url": url}))


def described(url: str) -> list[str]:
    """A line for each table, column, constraint, index, type and function."""
    query = (FOLDER / "schema.sql").read_bytes()
    with psycopg.connect(url) as connection:
        rows = connection.execute(query, {"schemas": list(SCHEMAS)}).fetchall()
    return [" ".join(row[0].split()) for row in rows]


def pins(migrations: Sequence[tuple[str, Migration]]) -> list[str]:
    """Schema, migration and checksum of what never changes after its release."""
    return sorted(f"{schema} {each} {each.checksum}" for schema, each in migrations if each.number)


def all_migrations(built: Composition) -> list[tuple[str, Migration]]:
    return [
        (schema.name, migration)
        for schema in built.schemas()
        for owner in schema.owners
        for migration in owner.listed
    ]


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="billing-schema-") as name:
        url = embedded_server.start(Path(name) / "postgres")
        try:
            built = composition(url, Path(name))
            built.migrate()
            if "--released" in sys.argv:
                kept = RELEASED.read_text().splitlines() if RELEASED.exists() else []
                lines = sorted({*kept, *pins(all_migrations(built))})
                RELEASED.write_text("\n".join(lines) + "\n")
            else:
                SCHEMA.write_text("\n".join(described(url)) + "\n")
        finally:
            abandon(Path(name) / "postgres")


if __name__ == "__main__":
    main()
