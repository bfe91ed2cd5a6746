"""Roles of the database: who runs the service adds to history and can't change it."""

from __future__ import annotations

from collections.abc import Iterator

from psycopg.sql import SQL, Composed, Identifier

from deploy.composition import Composition
from deploy.tables import SOURCES
from runtime.postgres.database import Cursor

WRITER, READER, AUDITOR = "billing_writer", "billing_reader", "billing_auditor"
# Rows are only ever added to these.
APPENDED = {"log_epochs", "audit_heads", "audit_log_trees"}
LEDGER = "audit_trail"
FIRST_WITH_MAINTAIN = 170_000
CREATE = """
DO $$ BEGIN CREATE ROLE {role} NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$
"""
# Its owner only: a lock of the log needs a right that says more than what is done with it.
GUARD = """
CREATE OR REPLACE FUNCTION refuse_change_of_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE')
    THEN RAISE insufficient_privilege USING MESSAGE = 'history is only added to: ' || TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$
"""
GUARDED = """
CREATE OR REPLACE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history()
"""


def appended_tables(schema: str) -> set[str]:
    return {name for name, what in SOURCES[schema].items() if what == "the log"} | APPENDED


def grant_roles(composition: Composition, *, create: bool) -> list[str]:
    """Gives three roles what they need of every schema, and nothing more; returns in which schemas.
    Without `create` only where they are there, so that what a migration adds is theirs too."""
    granted = []
    for schema in composition.schemas():
        with schema.database.migration() as cursor:
            if create:
                for role in (WRITER, READER, AUDITOR):
                    cursor.execute(SQL(CREATE).format(role=Identifier(role)))
            elif not _is_there(cursor):
                continue
            for statement in _statements(cursor, schema.name):
                cursor.execute(statement)
        granted.append(schema.name)
    return granted


def _is_there(cursor: Cursor) -> bool:
    found = cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (WRITER,)).fetchall()
    return bool(found)


def _statements(cursor: Cursor, schema: str) -> Iterator[SQL | Composed]:
    within, writer = Identifier(schema), Identifier(WRITER)
    everyone = SQL(", ").join(map(Identifier, (WRITER, READER, AUDITOR)))
    database = Identifier(cursor.execute("SELECT current_database() AS name").fetchall()[0]["name"])
    tables = {
        row["tablename"]
        for row in cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = %s", (schema,)
        ).fetchall()
    }
    yield SQL("REVOKE ALL ON ALL TABLES IN SCHEMA {} FROM {}, PUBLIC").format(within, everyone)
    yield SQL("GRANT USAGE ON SCHEMA {} TO {}").format(within, everyone)
    # For replays, which build read models a second time under schemas of their own.
    yield SQL("GRANT CREATE ON DATABASE {} TO {}").format(database, writer)
    yield SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {} TO {}").format(within, writer)
    every = SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {} TO {}")
    yield every.format(within, writer)
    if schema != "vault":
        reading = SQL("GRANT SELECT ON ALL TABLES IN SCHEMA {} TO {}")
        yield reading.format(within, Identifier(READER))
    appended = sorted(appended_tables(schema) & tables)
    if appended:
        yield SQL(GUARD)
    for name in appended:
        yield from _only_added_to(cursor, within, name)
    for name in sorted(({LEDGER} & tables) | set(appended)):
        table = SQL(".").join((within, Identifier(name)))
        yield SQL("GRANT SELECT ON {} TO {}").format(table, Identifier(AUDITOR))


def _only_added_to(cursor: Cursor, within: Identifier, name: str) -> Iterator[SQL | Composed]:
    table, writer = SQL(".").join((within, Identifier(name))), Identifier(WRITER)
    yield SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {} FROM {}").format(table, writer)
    locks = "MAINTAIN" if cursor.connection.info.server_version >= FIRST_WITH_MAINTAIN else "UPDATE"
    yield SQL("GRANT {} ON {} TO {}").format(SQL(locks), table, writer)
    yield SQL(GUARDED).format(table=table)
