"""What is changed of a running subscription beside its plan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, Protocol

from gateways.port.subscriptions import SwapOutcome
from kernel.money import Money

# native: the gateway does it. emulated: we do, and the bill stays true. per_subscription: how it is
# paid decides. impossible: refused.
Support = Literal["native", "emulated", "per_subscription", "impossible"]
HUNDRED = Decimal(100)
Ability = Literal[
    "quantity_at_checkout",
    "quantity_change",
    "discount_at_checkout",
    "discount_change",
    "trial_at_checkout",
    "trial_change",
    "pause",
    "pause_until",
    "billing_profile",
    "tax",
]


@dataclass(frozen=True, slots=True)
class Offered:
    """How far a gateway can do something; `reason` where it is not simply so. `methods`: the ways
    of paying that allow it, where not each does. `at`: when it takes effect."""

    support: Support
    reason: str = ""
    methods: frozenset[str] = frozenset()
    at: Literal["now", "period_end"] = "now"

    @property
    def possible(self) -> bool:
        return self.support != "impossible"

    def allows(self, paid_with: str) -> bool:
        """Nothing is allowed to what nobody knows how it is paid."""
        return self.possible and (not self.methods or paid_with in self.methods)


@dataclass(frozen=True, slots=True)
class Coupon:
    """Terms of a discount, which never change: either `percent` (above 0, to 100) or `amount`.
    `months` is None for ever and 0 for the next invoice alone. `key` names these very terms,
    `offer` what people made of them in the gateway's dashboard, where nobody else can."""

    key: str
    name: str
    percent: Decimal | None = None
    amount: Money | None = None
    months: int | None = None
    offer: str = ""


@dataclass(frozen=True, slots=True)
class CouponRule:
    """Why a gateway that has discounts takes not each; empty where it does. `by_offer`: what
    nobody made in its dashboard. `lowering`: why no quantity is lowered while it has one."""

    limited: str = ""
    full: str = ""
    by_offer: str = ""
    lowering: str = ""

    def refusal(self, coupon: Coupon) -> str:
        if self.limited and coupon.months is not None:
            return self.limited
        if self.full and coupon.percent == HUNDRED:
            return self.full
        return self.by_offer if not coupon.offer else ""


ANY_COUPON = CouponRule()


class Adjustments(Protocol):
    """Every call is remembered by its command. What the gateway can't do raises
    CapabilityNotSupported."""

    def set_quantity(self, command_id: str, ref: str, quantity: int) -> SwapOutcome:
        """At once and prorated where the gateway prorates; answers as `Subscriptions.swap` does."""
        ...

    def preview_quantity(self, ref: str, quantity: int) -> Money | None:
        """What the next invoice adds (negative: a credit), or None where it can't be known."""
        ...

    def pause(self, command_id: str, ref: str, resumes_at: datetime | None) -> None:
        """It rests: nothing is charged until `unpause`, or until then where that is given."""
        ...

    def unpause(self, command_id: str, ref: str) -> None: ...

    def give_discount(self, command_id: str, ref: str, coupon: Coupon) -> None:
        """In the place of those that the subscription has."""
        ...

    def end_discounts(self, command_id: str, ref: str) -> None:
        """Those of the subscription, not of single items beside ours."""
        ...

    def end_trial(self, command_id: str, ref: str, ends_at: datetime | None) -> SwapOutcome:
        """None is now. Nothing is prorated."""
        ...
