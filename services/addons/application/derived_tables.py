"""What finds purchases and rules of top-ups again, made from their events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runtime.eventstore.recorder import RecordedEvent
from runtime.feed.feed import Publisher
from runtime.feed.positions import Positions
from runtime.process.derived import DerivedTables, Rows, Table, Values
from services.addons.domain.purchase.events import PurchaseEvent
from services.addons.domain.top_up.events import TopUpEvent

# Of a purchase that was missing, its gateway is asked anew.
PURCHASES = Table(
    "purchases",
    ("purchase_id",),
    ("stream", "workspace", "gateway", "charge_ref", "checkout_ref"),
    {"look_at": "clock_timestamp()"},
)


class PurchaseFold:
    def __init__(self, publisher: Publisher[Any]) -> None:
        self._store = publisher.store
        self._rows: dict[Values, Values] = {}

    def apply(self, recorded: Sequence[RecordedEvent]) -> None:
        for stored in recorded:
            event = self._store.decode(stored)
            if isinstance(event, PurchaseEvent):
                made = event.purchase
                names = (stored.stream, made.workspace_id, made.gateway)
                self._rows[made.purchase_id,] = (*names, made.charge_ref, made.checkout_ref)

    def rows(self) -> Mapping[str, Rows]:
        return {PURCHASES.name: self._rows}


TOP_UPS = Table("top_ups", ("workspace", "meter"))


class TopUpFold:
    def __init__(self, publisher: Publisher[Any]) -> None:
        self._store = publisher.store
        self._rows: dict[Values, Values] = {}

    def apply(self, recorded: Sequence[RecordedEvent]) -> None:
        for stored in recorded:
            event = self._store.decode(stored)
            if isinstance(event, TopUpEvent):
                self._rows[event.workspace_id, event.meter] = ()

    def rows(self) -> Mapping[str, Rows]:
        return {TOP_UPS.name: self._rows}


def top_up_tables(positions: Positions) -> DerivedTables:
    return DerivedTables("addons.top_ups", "addons", (TOP_UPS,), TopUpFold, positions)


def purchase_tables(positions: Positions) -> DerivedTables:
    return DerivedTables("addons.purchases", "addons", (PURCHASES,), PurchaseFold, positions)
