"""A checkout as the account remembers it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from kernel.events import added
from services.billing.domain.account.given_discount import GivenDiscount
from services.billing.domain.account.subscription import AgreedPrice

# open: the page that the customer is meant to pay. superseded: not any more, but it may still be
# payable. completed: it was paid. closed: nothing can come of it.
State = Literal["open", "superseded", "completed", "closed"]
CloseReason = Literal["superseded", "expired", "failed"]


@dataclass(frozen=True, kw_only=True)
class Trial:
    """Free `days`, of which a workspace has none again of the same `family`."""

    days: int
    family: str
    needs_card: bool = added(True)


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is bought of a plan. `carried`: taken over from the subscription that ends for it, which
    is neither a first trial nor another use of a code."""

    quantity: int = 1
    trial: Trial | None = None
    discount: GivenDiscount | None = None
    carried: bool = False


@dataclass(frozen=True, kw_only=True)
class Checkout:
    """`rank` grows with every checkout and assignment: of two paid ones the later was meant.
    Without a `ref` the gateway's answer is not known: the same command tells it again."""

    id: str
    rank: int
    gateway: str
    agreed: AgreedPrice
    replaces: str | None
    success_url: str
    cancel_url: str
    started_at: datetime
    state: State = "open"
    ref: str = ""
    url: str = ""
    expires_at: datetime | None = None
    quantity: int = 1
    trial: Trial | None = None
    discount: GivenDiscount | None = None

    @property
    def trial_days(self) -> int | None:
        """That its gateway is to give."""
        trial = self.trial
        return trial.days if trial is not None and trial.needs_card else None

    @property
    def may_be_paid(self) -> bool:
        return self.state in ("open", "superseded")


Checkouts = Mapping[str, Checkout]


def with_checkout(checkouts: Checkouts, checkout_id: str | None, **facts: Any) -> Checkouts:
    """The same where that one is not known."""
    known = checkouts.get(checkout_id or "")
    return {**checkouts, known.id: replace(known, **facts)} if known else checkouts
