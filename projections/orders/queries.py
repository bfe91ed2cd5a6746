"""What can be asked of the order ledger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from kernel.month import Month
from kernel.text import searchable
from projections.orders.projector import SQL
from runtime.eventstore.vault import Vault
from runtime.postgres.database import Database, Row

# How many orders one request opens the seals of. A page that ends there says where to go on.
MOST_OPENED = 1_000
AT_ONCE = 500
SEALED = ("buyer_email", "buyer_name")


@dataclass(frozen=True, slots=True)
class Search:
    """`words` are looked for in workspace, buyer's subject, add-on and gateway references; when
    they hold an `@`, in the buyer's e-mail address too, which is sealed and can't be indexed.
    `owed`: only what still has money to go back."""

    status: str | None = None
    words: str = ""
    owed: bool = False

    @property
    def opens_seals(self) -> bool:
        return "@" in self.words


@dataclass(frozen=True, slots=True)
class Found:
    """`next` is the position to go on behind, None at the end."""

    orders: list[Row]
    next: int | None


class Orders:
    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def page(self, search: Search, before: int | None, limit: int) -> Found:
        """Newest first, unsealed. A search for an e-mail address may end before `limit`."""
        found: list[Row] = []
        opened = 0
        for order in self._candidates(search, before, limit):
            if len(found) == limit or opened == MOST_OPENED:
                return Found(found, before)
            before, opened = order["position"], opened + search.opens_seals
            shown = self._opened(order)
            if order["found"] or searchable(search.words) in searchable(shown["buyer_email"] or ""):
                found.append(shown)
        return Found(found, None)

    def every(self, search: Search) -> Iterator[Row]:
        """All that match, page by page: memory does not grow with the ledger."""
        before: int | None = None
        while True:
            found = self.page(search, before, AT_ONCE)
            yield from found.orders
            if found.next is None:
                return
            before = found.next

    def totals(self, now: datetime) -> list[Row]:
        month = Month.of(now)
        return self._database.rows(
            SQL["totals"], {"month_start": month.start, "month_end": month.end}
        )

    def _candidates(self, search: Search, before: int | None, limit: int) -> Iterator[Row]:
        rows = AT_ONCE if search.opens_seals else limit + 1
        while True:
            page = self._database.rows(
                SQL["orders_page"],
                {
                    "words": searchable(search.words),
                    "status": search.status,
                    "owed": search.owed,
                    "before": before,
                    "also_sealed": search.opens_seals,
                    "rows": rows,
                },
            )
            yield from page
            if len(page) < rows:
                return
            before = page[-1]["position"]

    def _opened(self, order: Row) -> Row:
        unsealed = {name: self._vault.unseal(order[name]) for name in SEALED}
        return {**order, **unsealed}
