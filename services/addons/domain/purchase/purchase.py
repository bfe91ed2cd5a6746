"""One attempt to buy an add-on, as every event of it carries it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from kernel.events import added
from services.addons.domain.addon.entry import CreditGrant

Status = Literal["pending", "paid", "delivered", "failed", "cancelled", "refunded"]
ShownStatus = Literal["pending", "paid", "delivered", "failed", "cancelled", "refunded", "disputed"]
DisputeStatus = Literal["open", "won", "lost"]

LOOK_AGAIN_AFTER = (timedelta(minutes=2), timedelta(days=1))
LATE_MONEY_WATCHED = timedelta(days=90)
# How long a bank may take money back; meanwhile no webhook is relied on.
PAID_WATCHED = timedelta(days=120)
LOOK_AT_PAID_AFTER = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Buyer:
    """`subject` of the token; e-mail and name are sealed."""

    subject: str
    email: str | None = None
    name: str | None = None


@dataclass(frozen=True, kw_only=True)
class OpenRefund:
    """A refund that was decided and not yet confirmed. `refund_id` is the gateway's command id."""

    refund_id: str
    amount_cents: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class Dispute:
    """The payer's bank takes the money back (open), and leaves it with us (won) or not (lost)."""

    ref: str
    amount_cents: int
    reason: str
    status: DisputeStatus


@dataclass(frozen=True, kw_only=True)
class Purchase:
    """`purchase_id` is the command id of its charge.

    `payment_method` None: paid on a hosted checkout. `captured`: the gateway has taken the money,
    whatever the status. `blocks`: the add-on can't be bought again because of this purchase.
    `refunded_cents` counts confirmed refunds only. `decline_code`: why the payment failed, or of a
    pending one the last attempt. `paged`: the delivery team was notified.
    `grants`: what it grants once it is paid; then it delivers itself, and never blocks another one.
    `dispute` is the one that matters: an open one before a lost one before a won one.
    """

    purchase_id: str
    workspace_id: str
    addon: str
    addon_name: str
    price_cents: int
    currency: str
    buyer: Buyer
    gateway: str
    customer: str | None
    payment_method: str | None
    success_url: str
    cancel_url: str
    started_at: datetime
    status: Status = "pending"
    blocks: bool = True
    captured: bool = False
    charge_ref: str | None = None
    checkout_ref: str | None = None
    confirmation_url: str | None = None
    decline_code: str | None = None
    refunded_cents: int = 0
    refunds: Sequence[OpenRefund] = ()
    paged: bool = False
    dispute: Dispute | None = added(None)
    grants: Sequence[CreditGrant] = added(())

    @property
    def is_disputed(self) -> bool:
        """The bank has the money, for now or for good."""
        return self.dispute is not None and self.dispute.status != "won"

    @property
    def repeatable(self) -> bool:
        return bool(self.grants)

    @property
    def shown_status(self) -> ShownStatus:
        return "disputed" if self.is_disputed else self.status

    @property
    def refunding_cents(self) -> int:
        return sum(refund.amount_cents for refund in self.refunds)

    @property
    def refundable_cents(self) -> int:
        """Money that the gateway took and that no refund, confirmed or open, gives back."""
        given_back = self.refunded_cents + self.refunding_cents
        return self.price_cents - given_back if self.captured else 0

    @property
    def awaits_late_money(self) -> bool:
        """Closed without money, which may still arrive."""
        return self.status in ("failed", "cancelled") and not self.captured

    def open_refund(self, refund_id: str) -> OpenRefund | None:
        return next((each for each in self.refunds if each.refund_id == refund_id), None)

    def look_again_at(self, now: datetime, *, changed: bool) -> datetime | None:
        """When the gateway is to be asked next: soon after a change, for what it told of while a
        refund was open was left for later; else the older the purchase the more seldom, and None
        when there is nothing to wait for. Money may still arrive for a cancelled purchase, and a
        bank may take back what was paid."""
        shortest, longest = LOOK_AGAIN_AFTER
        if changed:
            return now + shortest
        age = now - self.started_at
        waits_for_late_money = (
            self.status == "cancelled" and not self.captured and age < LATE_MONEY_WATCHED
        )
        if self.status == "pending" or self.refunds or waits_for_late_money:
            return now + min(max(age / 4, shortest), longest)
        if self.captured and age < PAID_WATCHED:
            return now + min(max(age / 2, longest), LOOK_AT_PAID_AFTER)
        return None

    def with_refund(self, amount_cents: int, refund_id: str | None) -> Purchase:
        """After money went back: by the open refund of that id, or at the gateway itself (None).
        A cancelled or failed purchase stays what it is."""
        refunded = self.refunded_cents + amount_cents
        returned = refunded >= self.price_cents and self.status in ("paid", "delivered")
        return replace(
            self.without_refund(refund_id),
            refunded_cents=refunded,
            status="refunded" if returned else self.status,
            blocks=self.blocks and not returned,
        )

    def without_refund(self, refund_id: str | None) -> Purchase:
        left = tuple(refund for refund in self.refunds if refund.refund_id != refund_id)
        return replace(self, refunds=left)
