"""What is answered about revenue."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from projections.revenue.money import MoneyKind
from projections.revenue.recurring import MovementKind


class MonthOfRevenue(BaseModel):
    """One currency in one UTC month, in minor units. `mrr_cents` is what subscriptions were worth a
    month at its end: `mrr_start_cents` and the five movements, of which contraction and churn are
    negative, add up to it. `subscribers` then paid.

    `net_cents` is what was paid, less what was refunded and disputed, with the refunds that failed
    and the disputes that were won.
    """

    month: str
    currency: str
    mrr_start_cents: int
    new_cents: int
    expansion_cents: int
    contraction_cents: int
    churn_cents: int
    reactivation_cents: int
    mrr_cents: int
    subscribers: int
    paid_cents: int
    failed_payments: int
    failed_cents: int
    refunded_cents: int
    refund_failed_cents: int
    disputes: int
    disputed_cents: int
    dispute_won_cents: int
    dispute_lost_cents: int
    net_cents: int


class RevenuePage(BaseModel):
    """The present month first, by currency within one."""

    data: list[MonthOfRevenue]
    next: str | None


class ShownMovement(BaseModel):
    """`event` made it, `follows` had made what was before. `change_cents` counts in `month`."""

    event: str
    follows: str | None
    workspace_id: str
    kind: MovementKind
    currency: str
    before_cents: int
    after_cents: int
    change_cents: int
    plan: str
    gateway: str | None
    at: datetime
    month: str


class MovementPage(BaseModel):
    """The latest recorded first."""

    data: list[ShownMovement]
    next: str | None


class MovedMoney(BaseModel):
    """`event` tells it, at the gateway's own time. A failed payment is over what was still to be
    paid."""

    event: str
    workspace_id: str
    kind: MoneyKind
    currency: str
    amount_cents: int
    gateway: str
    invoice_ref: str
    at: datetime
    month: str


class MoneyPage(BaseModel):
    """The latest recorded first."""

    data: list[MovedMoney]
    next: str | None
