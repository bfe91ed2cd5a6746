"""One subscription as billing knows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from kernel.events import added
from services.billing.domain.account.charged import Discount, OpenInvoice, Pause
from services.billing.domain.terms import Price

Status = Literal[
    "pending",
    "trialing",
    "active",
    "grace",
    "past_due",
    "suspended",
    "paused",
    "cancelled",
    "expired",
]
ACCESS: frozenset[str] = frozenset({"trialing", "active", "grace", "past_due"})
ENDED: frozenset[str] = frozenset({"cancelled", "expired"})
TROUBLED: frozenset[str] = frozenset({"pending", "past_due", "suspended", "paused"})


@dataclass(frozen=True, kw_only=True)
class AgreedPrice:
    """A plan as it was bought: `price_ref` is the gateway's name of that price."""

    plan: str
    price: Price
    price_ref: str = ""


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """`gateway` is None for an assigned local-only plan. `price` is what a unit costs this
    subscriber before discounts; `amount_cents` is what is really charged every `interval_count`
    intervals, None while that is the price of the `quantity`. `closed`: the gateway has ended it,
    and only time that was paid for is left. `unknown_status` holds a gateway's word that nobody
    here knows, while `status` stays as it was. `overdue`: not paid in time, it gives no access
    until it is. `paid_with`: by what kind of method, where its gateway tells and that decides what
    can be changed.
    """

    plan: str
    status: Status
    price: Price
    started_at: datetime
    gateway: str | None = None
    ref: str | None = None
    price_ref: str = ""
    customer: str | None = None
    checkout_id: str | None = None
    period_start: datetime | None = None
    period_end: datetime | None = None
    cancel_at: datetime | None = None
    ended_at: datetime | None = None
    next_plan: str | None = None
    closed: bool = False
    unknown_status: str = ""
    quantity: int = added(1)
    interval_count: int = added(1)
    discounts: tuple[Discount, ...] = added(())
    amount_cents: int | None = added(None)
    trial_ends_at: datetime | None = added(None)
    paused: Pause | None = added(None)
    open_invoice: OpenInvoice | None = added(None)
    overdue: bool = added(False)
    paid_with: str = added("")

    @property
    def charged_cents(self) -> int:
        """What an interval really costs."""
        full = self.price.price_cents * self.quantity
        return full if self.amount_cents is None else self.amount_cents

    @property
    def key(self) -> str:
        return reference(self.gateway or "", self.ref or "")

    @property
    def has_ended(self) -> bool:
        return self.status in ENDED

    @property
    def has_access(self) -> bool:
        return self.status in ACCESS

    @property
    def renews(self) -> bool:
        """Its gateway will charge for it again unless somebody acts."""
        return self.gateway is not None and not (self.has_ended or self.ends_with_period)

    @property
    def ends_with_period(self) -> bool:
        """Nothing will be charged for it any more. A fixed term may end later."""
        if self.closed:
            return True
        if self.cancel_at is None:
            return False
        return self.period_end is None or self.cancel_at <= self.period_end

    def is_at(self, gateway: str, ref: str) -> bool:
        return self.gateway == gateway and self.ref == ref


def reference(gateway: str, ref: str) -> str:
    """One name for an object of any gateway."""
    return f"{gateway}:{ref}"


def with_price(
    prices: Mapping[str, AgreedPrice], gateway: str, agreed: AgreedPrice | None
) -> Mapping[str, AgreedPrice]:
    return {**prices, reference(gateway, agreed.price_ref): agreed} if agreed else prices
