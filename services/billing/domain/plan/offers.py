"""What the gateways sell of one plan, as far as is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from services.billing.domain.terms import Price

SyncState = Literal["synced", "pending", "failed", "local_only"]


@dataclass(frozen=True, slots=True)
class Offer:
    """`price_ref` costs `price` for as long as anybody pays it."""

    product_ref: str
    price_ref: str
    price: Price


@dataclass(frozen=True, slots=True)
class GatewaySync:
    """`offer` is what the gateway is known to sell; `settled` that nothing changed since, and
    that no attempt with an unknown end came after. `reason` is why the last attempt failed."""

    offer: Offer | None = None
    settled: bool = False
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Offers:
    """By gateway: what it sells now, and every price it ever sold, by price reference. `further`:
    by gateway and currency, besides the plan's own."""

    now: Mapping[str, GatewaySync] = field(default_factory=dict)
    further: Mapping[tuple[str, str], Offer] = field(default_factory=dict)
    sold: Mapping[str, Mapping[str, Offer]] = field(default_factory=dict)

    def at(self, gateway: str) -> GatewaySync:
        return self.now.get(gateway, GatewaySync())

    def ever(self, gateway: str) -> Mapping[str, Offer]:
        """By price reference."""
        return self.sold.get(gateway, {})

    def state(self, gateway: str, *, is_free: bool) -> SyncState:
        """A plan that became free is pending until the gateway stopped selling it."""
        known = self.now.get(gateway)
        if known is None:
            return "local_only" if is_free else "pending"
        if known.settled:
            return "local_only" if is_free else "synced"
        return "failed" if known.reason is not None else "pending"

    def unsettled(self) -> Offers:
        """The catalogue changed: every gateway that was ever asked is to be asked again."""
        asked = {name: replace(each, settled=False, reason=None) for name, each in self.now.items()}
        return replace(self, now=asked)

    def synced(self, gateway: str, offer: Offer) -> Offers:
        now = {**self.now, gateway: GatewaySync(offer, settled=True)}
        return replace(self.adopted(gateway, offer), now=now)

    def also(self, gateway: str, offer: Offer) -> Offers:
        """In another currency than the plan's own."""
        further = {**self.further, (gateway, offer.price.currency): offer}
        return replace(self.adopted(gateway, offer), further=further)

    def adopted(self, gateway: str, offer: Offer) -> Offers:
        """Paid by somebody, and not what is sold now."""
        sold = {**self.ever(gateway), offer.price_ref: offer}
        return replace(self, sold={**self.sold, gateway: sold})

    def failed(self, gateway: str, reason: str) -> Offers:
        failed = GatewaySync(self.at(gateway).offer, reason=reason)
        return replace(self, now={**self.now, gateway: failed})

    def withdrawn(self, gateway: str) -> Offers:
        return replace(self, now={**self.now, gateway: GatewaySync(settled=True)})
