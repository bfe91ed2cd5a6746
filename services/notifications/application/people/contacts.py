"""Whom to write to in a workspace, in which language, and about what not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from runtime.postgres.database import Cursor, Database
from services.notifications.application.people.refusals import forget_refusals

DEFAULT_LANGUAGE = "en"
EMAIL = """
INSERT INTO contacts (workspace, email) VALUES (%s, %s)
ON CONFLICT (workspace) DO UPDATE SET email = EXCLUDED.email
WHERE contacts.email IS DISTINCT FROM EXCLUDED.email
"""
PREFER = """
INSERT INTO contacts (workspace, language, without) VALUES (%s, %s, %s)
ON CONFLICT (workspace) DO UPDATE SET language = EXCLUDED.language, without = EXCLUDED.without
"""


@dataclass(frozen=True, slots=True)
class Contact:
    """`email` is sealed; None where nobody is known."""

    email: str | None
    language: str
    without: Sequence[str]


class Contacts:
    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, workspace: str) -> Contact:
        rows = self._database.rows(
            "SELECT email, language, without FROM contacts WHERE workspace = %s", (workspace,)
        )
        if not rows:
            return Contact(None, DEFAULT_LANGUAGE, ())
        row = rows[0]
        return Contact(row["email"], row["language"] or DEFAULT_LANGUAGE, tuple(row["without"]))

    def prefer(self, workspace: str, language: str, without: Sequence[str]) -> None:
        self._database.execute(PREFER, (workspace, language, list(without)))

    @staticmethod
    def learn(cursor: Cursor, workspace: str, email: str | None) -> None:
        """What is told again with other settings has the same seal. Another one may be written to,
        whatever was refused before."""
        cursor.execute(EMAIL.encode(), (workspace, email))
        if cursor.rowcount:
            forget_refusals(cursor, workspace)
