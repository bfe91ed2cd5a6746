"""A payment gateway: what it can do and its seven ports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from gateways.port.adjustments import (
    ANY_COUPON,
    Ability,
    Adjustments,
    Coupon,
    CouponRule,
    Offered,
)
from gateways.port.catalogue import Catalogue
from gateways.port.checkouts import Checkouts
from gateways.port.errors import CapabilityNotSupported
from gateways.port.holdings import Holdings
from gateways.port.payments import Payments
from gateways.port.subscriptions import Subscriptions
from gateways.port.webhooks import Webhooks


@dataclass(frozen=True, slots=True)
class Capabilities:
    """`cancels`: when a cancellation takes effect. `emulates_end`: its end of a period is ours, who
    let the subscription rest until then and end it there; whom the gateway ends keeps what was
    paid. `offers`: what is sold beside a plan. The rest: whether the call exists at all."""

    cancels: Literal["period_end", "immediately"]
    archive_price: bool
    resume: bool = False
    emulates_end: bool = False
    swap_in_place: bool = False
    saved_method_charge: bool = False
    portal: bool = False
    proration_preview: bool = False
    offers: Mapping[Ability, Offered] = field(default_factory=dict)
    coupons: CouponRule = ANY_COUPON

    def offer(self, ability: Ability) -> Offered:
        return self.offers.get(ability, Offered("impossible"))

    def require(self, ability: Ability, paid_with: str | None = None) -> None:
        """Of a subscription that is paid so, or of the gateway. Raises CapabilityNotSupported with
        the reason."""
        offered = self.offer(ability)
        able = offered.possible if paid_with is None else offered.allows(paid_with)
        if not able:
            raise CapabilityNotSupported(capability=ability, reason=offered.reason or None)

    def require_coupon(
        self, ability: Ability, coupon: Coupon, paid_with: str | None = None
    ) -> None:
        """Raises CapabilityNotSupported with the reason."""
        self.require(ability, paid_with)
        if reason := self.coupons.refusal(coupon):
            raise CapabilityNotSupported(capability=ability, reason=reason)


@dataclass(frozen=True, slots=True)
class Gateway:
    """`name` is the word in URLs, events and configuration."""

    name: str
    capabilities: Capabilities
    catalogue: Catalogue
    checkouts: Checkouts
    subscriptions: Subscriptions
    payments: Payments
    webhooks: Webhooks
    adjustments: Adjustments
    holdings: Holdings
