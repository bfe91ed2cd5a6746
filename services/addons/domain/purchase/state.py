"""What the events of a workspace's purchases of one add-on make of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kernel.decider import Decider
from kernel.events import DomainEvent
from services.addons.domain.errors import PurchaseNotFound
from services.addons.domain.purchase.events import AddonRefundFailed, PurchaseEvent
from services.addons.domain.purchase.purchase import Purchase


@dataclass(frozen=True, slots=True)
class Purchases:
    """`purchases` by id, in their order, and as they were when they were last paid or delivered
    (`kept`); `refund_ids` are all that were ever decided."""

    purchases: Mapping[str, Purchase] = field(default_factory=dict)
    kept: Mapping[str, Purchase] = field(default_factory=dict)
    refund_ids: frozenset[str] = frozenset()
    refused_refunds: frozenset[str] = frozenset()

    def get(self, purchase_id: str) -> Purchase:
        """Raises PurchaseNotFound."""
        try:
            return self.purchases[purchase_id]
        except KeyError:
            raise PurchaseNotFound from None

    def is_taken(self, purchase_id: str) -> bool:
        """Whether another purchase than this one blocks the add-on."""
        return any(
            each.blocks for each in self.purchases.values() if each.purchase_id != purchase_id
        )


def evolve(state: Purchases | None, event: DomainEvent) -> Purchases:
    if not isinstance(event, PurchaseEvent):
        raise TypeError(f"{type(event).__name__} is no event of a purchase")
    known, purchase = state or Purchases(), event.purchase
    refused = {event.refund_id} if isinstance(event, AddonRefundFailed) else set()
    keeps = {purchase.purchase_id: purchase} if purchase.status in ("paid", "delivered") else {}
    return Purchases(
        purchases={**known.purchases, purchase.purchase_id: purchase},
        kept={**known.kept, **keeps},
        refund_ids=known.refund_ids | {refund.refund_id for refund in purchase.refunds},
        refused_refunds=known.refused_refunds | refused,
    )


PURCHASES = Decider("addons.Purchases", evolve)


def stream_of(workspace: str, addon: str) -> str:
    return f"purchase:{workspace}:{addon}"
