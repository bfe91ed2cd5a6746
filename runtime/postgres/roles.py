"""Roles of the database: who runs the service adds to history and can't change it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from psycopg.sql import SQL, Composed, Identifier

from runtime.postgres.database import Cursor, Database

WRITER, READER, AUDITOR = "billing_writer", "billing_reader", "billing_auditor"
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


@dataclass(frozen=True, slots=True)
class Rights:
    """In one schema: `added_to` are the tables whose rows are only ever added to, `audited` those
    that an auditor reads. A schema that is `secret` is for who writes alone."""

    added_to: Collection[str]
    audited: Collection[str]
    secret: bool = False


def grant_roles(database: Database, rights: Rights, *, create: bool) -> bool:
    """Gives three roles what they need of the schema, and nothing more. Without `create` only where
    they are there, so that what a migration adds is theirs too; then False where they are not."""
    with database.migration() as cursor:
        if create:
            for role in (WRITER, READER, AUDITOR):
                cursor.execute(SQL(CREATE).format(role=Identifier(role)))
        elif not _is_there(cursor):
            return False
        for statement in _statements(cursor, Identifier(database.schema), rights):
            cursor.execute(statement)
    return True


def _is_there(cursor: Cursor) -> bool:
    found = cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (WRITER,)).fetchall()
    return bool(found)


def _statements(cursor: Cursor, within: Identifier, rights: Rights) -> Iterator[SQL | Composed]:
    writer, reader, auditor = map(Identifier, (WRITER, READER, AUDITOR))
    everyone = SQL(", ").join((writer, reader, auditor))
    database = Identifier(cursor.execute("SELECT current_database() AS name").fetchall()[0]["name"])
    yield SQL("REVOKE ALL ON ALL TABLES IN SCHEMA {} FROM {}, PUBLIC").format(within, everyone)
    yield SQL("GRANT USAGE ON SCHEMA {} TO {}").format(within, everyone)
    # For replays, which build read models a second time under schemas of their own.
    yield SQL("GRANT CREATE ON DATABASE {} TO {}").format(database, writer)
    yield SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {} TO {}").format(within, writer)
    every = SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {} TO {}")
    yield every.format(within, writer)
    if not rights.secret:
        yield SQL("GRANT SELECT ON ALL TABLES IN SCHEMA {} TO {}").format(within, reader)
    if rights.added_to:
        yield SQL(GUARD)
    for name in sorted(rights.added_to):
        yield from _only_added_to(cursor, SQL(".").join((within, Identifier(name))))
    for name in sorted(rights.audited):
        table = SQL(".").join((within, Identifier(name)))
        yield SQL("GRANT SELECT ON {} TO {}").format(table, auditor)


def _only_added_to(cursor: Cursor, table: Composed) -> Iterator[SQL | Composed]:
    writer = Identifier(WRITER)
    yield SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {} FROM {}").format(table, writer)
    locks = "MAINTAIN" if cursor.connection.info.server_version >= FIRST_WITH_MAINTAIN else "UPDATE"
    yield SQL("GRANT {} ON {} TO {}").format(SQL(locks), table, writer)
    yield SQL(GUARDED).format(table=table)
