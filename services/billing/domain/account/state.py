"""An account as its events make it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.billing.domain.account import events
from services.billing.domain.account.checkout import Checkout, Checkouts
from services.billing.domain.account.given_discount import GivenDiscount
from services.billing.domain.account.records import (
    AnnouncedMigration,
    Orphan,
    Payer,
    SavedMethod,
)
from services.billing.domain.account.subscription import (
    AgreedPrice,
    Subscription,
)
from services.billing.domain.account.timing import PlanChange
from services.billing.domain.errors import NotSubscribed
from services.billing.domain.overrides import Overrides
from services.billing.domain.terms import Price


def account_stream(workspace: str) -> str:
    return f"account:{workspace}"


@dataclass(frozen=True, kw_only=True)
class Account:
    """`agreed_prices` by `reference(gateway, price_ref)`: every plan that was ever bought or
    swapped to. `orphans`, `seen` (latest applied snapshot), `mismatches` and `payers` (of every
    subscription there ever was) by `reference(gateway, ref)`, `refunds` by command what is the
    latest of each refund. `ends`: the cancellation was confirmed and not taken back.
    `rank` is the subscription's checkout's, `ranks` the highest so far; `forgotten`: references.
    `unpaid_trial`: since when there is one that no money came for.
    `trials`: families of which there was a trial, `trial_end_told`: the last that was told.
    `discounts_given`: by code the command that gave it to a running subscription, `offers_given`
    by what its gateway calls it."""

    workspace: str
    checkouts: Checkouts = field(default_factory=dict)
    ranks: int = 0
    subscription: Subscription | None = None
    rank: int = 0
    ends: bool = False
    agreed_prices: Mapping[str, AgreedPrice] = field(default_factory=dict)
    orphans: Mapping[str, Orphan] = field(default_factory=dict)
    seen: Mapping[str, datetime] = field(default_factory=dict)
    payers: Mapping[str, Payer] = field(default_factory=dict)
    change: events.ChangeRequested | None = None
    refunds: Mapping[str, events.RefundEvent] = field(default_factory=dict)
    mismatches: Mapping[str, Price] = field(default_factory=dict)
    method: SavedMethod | None = None
    forgotten: frozenset[str] = frozenset()
    trials: frozenset[str] = frozenset()
    unpaid_trial: datetime | None = None
    trial_end_told: datetime | None = None
    discounts_given: Mapping[str, str] = field(default_factory=dict)
    offers_given: Mapping[str, GivenDiscount] = field(default_factory=dict)
    plan_change: PlanChange = "prorate"
    billing_email: str | None = None
    billing_profile: str | None = None
    overrides: Overrides = field(default_factory=Overrides)
    migration: AnnouncedMigration | None = None

    @property
    def open_checkout(self) -> Checkout | None:
        """The page that the customer is meant to pay."""
        return next((each for each in self.checkouts.values() if each.state == "open"), None)

    @property
    def last_checkout(self) -> Checkout | None:
        return max(self.checkouts.values(), key=lambda each: each.rank, default=None)

    @property
    def live(self) -> Subscription | None:
        """The subscription that a gateway may still charge, or whose paid time is not over."""
        current = self.subscription
        if current is None or current.has_ended or current.gateway is None:
            return None
        return current

    @property
    def refunds_due(self) -> list[events.RefundDue]:
        """What a gateway is to be asked to give back."""
        return [each for each in self.refunds.values() if isinstance(each, events.RefundDue)]

    def require_live(self) -> Subscription:
        """Raises NotSubscribed."""
        if self.live is None:
            raise NotSubscribed(workspace=self.workspace)
        return self.live

    def rank_of(self, checkout_id: str | None) -> int:
        """0 for a checkout that is not ours."""
        checkout = self.checkouts.get(checkout_id or "")
        return checkout.rank if checkout is not None else 0
