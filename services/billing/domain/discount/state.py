"""What its events make of a discount."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from kernel.decider import Decider
from kernel.events import DomainEvent
from services.billing.domain.discount import events
from services.billing.domain.discount.terms import DiscountOffer

PREFIX = "discount:"


def discount_stream(code: str) -> str:
    """Codes are the same in capitals and small letters."""
    return f"{PREFIX}{code.upper()}"


@dataclass(frozen=True, kw_only=True)
class Discount:
    """`redemptions`: by workspace what it holds the code for. A workspace counts once."""

    code: str
    offer: DiscountOffer
    redemptions: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def is_exhausted(self) -> bool:
        most = self.offer.max_redemptions
        return most is not None and len(self.redemptions) >= most


def evolve(discount: Discount | None, event: DomainEvent) -> Discount:
    if discount is None:
        if not isinstance(event, events.DiscountCreated):
            raise TypeError(f"a discount does not begin with {type(event).__name__}")
        return Discount(code=event.code, offer=event.offer)
    if isinstance(event, events.DiscountChanged):
        return replace(discount, offer=event.offer)
    if isinstance(event, events.DiscountRedeemed | events.DiscountReleased):
        return _held(discount, event)
    raise NotImplementedError(f"a discount does not know {type(event).__name__}")


DISCOUNT = Decider("billing.Discount", evolve)


def _held(discount: Discount, event: events.DiscountRedeemed | events.DiscountReleased) -> Discount:
    workspace, order = event.workspace_id, frozenset({event.order_id})
    held = discount.redemptions.get(workspace, frozenset())
    redeemed = isinstance(event, events.DiscountRedeemed)
    held = held | order if redeemed else held - order
    others = {key: each for key, each in discount.redemptions.items() if key != workspace}
    return replace(discount, redemptions={**others, workspace: held} if held else others)
