"""The saved payment method of each workspace, as billing's events tell it."""

from __future__ import annotations

from dataclasses import dataclass

from runtime.postgres.database import Cursor, Database

REMEMBER = """
INSERT INTO payment_methods (workspace, gateway, customer, method, sequence)
VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (workspace) DO UPDATE SET gateway = excluded.gateway, customer = excluded.customer,
    method = excluded.method, sequence = excluded.sequence
WHERE payment_methods.sequence < excluded.sequence
"""


@dataclass(frozen=True, slots=True)
class SavedMethod:
    gateway: str
    customer: str
    method: str


class PaymentMethods:
    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, workspace: str) -> SavedMethod | None:
        rows = self._database.rows(
            "SELECT gateway, customer, method FROM payment_methods WHERE workspace = %s",
            (workspace,),
        )
        return SavedMethod(**rows[0]) if rows else None

    def remember(self, cursor: Cursor, workspace: str, saved: SavedMethod, sequence: int) -> None:
        """`sequence` in billing's log: an older event never replaces a newer one."""
        cursor.execute(REMEMBER, (workspace, saved.gateway, saved.customer, saved.method, sequence))
