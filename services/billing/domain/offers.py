"""What the gateways sell of one plan, as far as is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
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


class Offers:
    """By gateway: what it sells now, and every price it ever sold."""

    def __init__(self) -> None:
        self._now: dict[str, GatewaySync] = {}
        self._ever: dict[str, dict[str, Offer]] = {}

    def at(self, gateway: str) -> GatewaySync:
        return self._now.get(gateway, GatewaySync())

    def ever(self, gateway: str) -> Mapping[str, Offer]:
        """By price reference."""
        return MappingProxyType(self._ever.get(gateway, {}))

    def state(self, gateway: str, *, is_free: bool) -> SyncState:
        """A plan that became free is pending until the gateway stopped selling it."""
        known = self._now.get(gateway)
        if known is None:
            return "local_only" if is_free else "pending"
        if known.settled:
            return "local_only" if is_free else "synced"
        return "failed" if known.reason is not None else "pending"

    def unsettle(self) -> None:
        """The catalogue changed: every gateway that was ever asked is to be asked again."""
        for gateway, known in self._now.items():
            self._now[gateway] = replace(known, settled=False, reason=None)

    def synced(self, gateway: str, offer: Offer) -> None:
        self._now[gateway] = GatewaySync(offer, settled=True)
        self._ever.setdefault(gateway, {})[offer.price_ref] = offer

    def failed(self, gateway: str, reason: str) -> None:
        self._now[gateway] = GatewaySync(self.at(gateway).offer, reason=reason)

    def withdrawn(self, gateway: str) -> None:
        self._now[gateway] = GatewaySync(settled=True)
