"""Addresses that mail servers refuse for good: nothing more is sent there until they are changed.

By workspace, and sealed with its key, so that they are forgotten with its people.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from runtime.postgres.database import Cursor, Database


@dataclass(frozen=True, slots=True)
class RefusedAddress:
    address: str
    reason: str
    refused_at: datetime


class Refusals:
    """`unseal` opens an address."""

    def __init__(self, database: Database, unseal: Callable[[str], str | None]) -> None:
        self._database = database
        self._unseal = unseal

    def of(self, workspace: str) -> Sequence[RefusedAddress]:
        """Oldest first."""
        rows = self._database.rows(
            "SELECT recipient, reason, refused_at FROM refused_addresses "
            "WHERE workspace = %s ORDER BY refused_at",
            (workspace,),
        )
        opened = [(self._unseal(row["recipient"]) or "", row) for row in rows]
        return [RefusedAddress(each, row["reason"], row["refused_at"]) for each, row in opened]

    def holds(self, workspace: str, address: str) -> bool:
        return any(each.address.casefold() == address.casefold() for each in self.of(workspace))

    @staticmethod
    def add(cursor: Cursor, workspace: str, recipient: str, reason: str, now: datetime) -> None:
        """`recipient` is sealed."""
        cursor.execute(
            b"INSERT INTO refused_addresses VALUES (%s, %s, %s, %s)",
            (workspace, recipient, reason, now),
        )

    def lift(self, workspace: str) -> None:
        """They may be written to again."""
        with self._database.transaction(commit=True) as cursor:
            forget_refusals(cursor, workspace)


def forget_refusals(cursor: Cursor, workspace: str) -> None:
    cursor.execute(b"DELETE FROM refused_addresses WHERE workspace = %s", (workspace,))
