"""Loads purchases, and records what is decided about them together with their row in the index."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from kernel.cause import Cause
from kernel.clock import Clock
from runtime.eventstore.recorder import Within
from runtime.eventstore.store import EventStore, retry_conflicts
from runtime.eventstore.stream import Change, Stream
from runtime.postgres.database import Cursor
from services.addons.application.purchase_index import PurchaseIndex
from services.addons.domain.errors import PurchaseNotFound
from services.addons.domain.purchase.events import PurchaseEvent
from services.addons.domain.purchase.purchase import Purchase
from services.addons.domain.purchase.state import PURCHASES, Purchases, stream_of

Decision = Callable[[Purchases, datetime], Sequence[PurchaseEvent]]


class PurchaseRepository:
    def __init__(self, store: EventStore, index: PurchaseIndex, clock: Clock) -> None:
        self._store = store
        self.index = index
        self._clock = clock

    def load(self, workspace: str, addon: str) -> Stream[Purchases]:
        return self._store.load(PURCHASES, stream_of(workspace, addon))

    def get(self, purchase_id: str) -> Purchase:
        """Raises PurchaseNotFound."""
        return self.among(purchase_id).get(purchase_id)

    def among(self, purchase_id: str) -> Purchases:
        """The purchases of which this is one; PurchaseNotFound."""
        return self._holding(purchase_id)[1]

    @retry_conflicts
    def decide(
        self, purchase_id: str, cause: Cause, decision: Decision, within: Within | None = None
    ) -> Purchase:
        """Records what `decision(purchases, now)` says of one purchase; returns it as it is then.
        Where another command was faster, the decision is made again."""
        stream, purchases = self._holding(purchase_id)
        events = decision(purchases, self._clock())
        self.record(stream, events, cause, within)
        return events[-1].purchase if events else purchases.get(purchase_id)

    def record(
        self,
        stream: Stream[Purchases],
        events: Sequence[PurchaseEvent],
        cause: Cause,
        within: Within | None = None,
    ) -> None:
        """Nothing at all is written without events, which are of one purchase."""
        if not events:
            return
        now = self._clock()

        def index_too(cursor: Cursor) -> None:
            self.index.write(cursor, events[-1].purchase, now)
            if within is not None:
                within(cursor)

        self._store.append(Change(stream, events), cause=cause, within=index_too)

    def _holding(self, purchase_id: str) -> tuple[Stream[Purchases], Purchases]:
        name = self.index.stream_of(purchase_id)
        stream = self._store.load(PURCHASES, name) if name is not None else None
        if stream is None or stream.state is None:
            raise PurchaseNotFound
        return stream, stream.state
