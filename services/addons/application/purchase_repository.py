"""Loads and saves purchases, together with their row in the index."""

from __future__ import annotations

from kernel.cause import Cause
from kernel.clock import Clock
from runtime.eventstore.recorder import Within
from runtime.eventstore.store import EventStore
from runtime.postgres.database import Cursor
from services.addons.application.purchase_index import PurchaseIndex
from services.addons.domain.errors import PurchaseNotFound
from services.addons.domain.facts import Purchase
from services.addons.domain.purchases import Purchases


class PurchaseRepository:
    def __init__(self, store: EventStore, index: PurchaseIndex, clock: Clock) -> None:
        self._store = store
        self._index = index
        self._clock = clock

    def find(self, workspace: str, addon: str) -> Purchases | None:
        return self._store.find(Purchases, Purchases.stream(workspace, addon))

    def holding(self, purchase_id: str) -> Purchases:
        """The purchases among which this one is; PurchaseNotFound."""
        stream = self._index.stream_of(purchase_id)
        found = self._store.find(Purchases, stream) if stream is not None else None
        if found is None:
            raise PurchaseNotFound
        return found

    def get(self, purchase_id: str) -> Purchase:
        return self.holding(purchase_id).get(purchase_id)

    def save(
        self, purchases: Purchases, purchase_id: str, cause: Cause, within: Within | None = None
    ) -> Purchase:
        """Records what was decided about one purchase; returns it as it is now."""
        purchase = purchases.get(purchase_id)
        now = self._clock()

        def index_too(cursor: Cursor) -> None:
            self._index.write(cursor, purchase, now)
            if within is not None:
                within(cursor)

        if purchases.pending_events:
            self._store.save(purchases, cause=cause, within=index_too)
        return purchase
