"""The saved payment method of each workspace, as billing's events tell it."""

from __future__ import annotations

from collections.abc import Callable
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
    """`catch_up` waits, bounded, until all that billing has recorded so far was remembered."""

    def __init__(self, database: Database, catch_up: Callable[[], object]) -> None:
        self._database = database
        self._catch_up = catch_up

    def of(self, workspace: str) -> SavedMethod | None:
        """Also one that billing has just saved: a buyer who comes from a checkout has a card."""
        known = self._known(workspace)
        if known is None:
            self._catch_up()
            known = self._known(workspace)
        return known

    def _known(self, workspace: str) -> SavedMethod | None:
        rows = self._database.rows(
            "SELECT gateway, customer, method FROM payment_methods WHERE workspace = %s",
            (workspace,),
        )
        return SavedMethod(**rows[0]) if rows else None

    def remember(self, cursor: Cursor, workspace: str, saved: SavedMethod, sequence: int) -> None:
        """`sequence` in billing's log: an older event never replaces a newer one."""
        cursor.execute(REMEMBER, (workspace, saved.gateway, saved.customer, saved.method, sequence))
