"""A subscription as it is answered."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from services.billing.domain.account.charged import Discount, OpenInvoice, Pause
from services.billing.domain.account.subscription import Subscription


class DiscountBody(BaseModel):
    """Either `percent` (0 to 100) or `amount_cents`; for ever without `ends_at`."""

    name: str
    percent: float | None
    amount_cents: int | None
    ends_at: datetime | None


class PauseBody(BaseModel):
    kind: Literal["collection", "subscription"]
    resumes_at: datetime | None


class OpenInvoiceBody(BaseModel):
    invoice_ref: str
    amount_cents: int
    currency: str
    due_at: datetime | None
    url: str | None


class SubscriptionFacts(BaseModel):
    """`price_cents` and `amount_cents` are what is really charged every `interval_count` intervals,
    `unit_price_cents` what a unit was bought for."""

    plan: str
    status: str
    gateway: str | None
    subscription_ref: str | None
    customer_ref: str | None
    checkout_id: str | None
    price_cents: int
    currency: str
    interval: str
    started_at: datetime
    period_start: datetime | None
    period_end: datetime | None
    cancel_at: datetime | None
    ended_at: datetime | None
    next_plan: str | None
    amount_cents: int
    unit_price_cents: int
    quantity: int
    interval_count: int
    discount: DiscountBody | None
    discounts: list[DiscountBody]
    trial_ends_at: datetime | None
    paused: PauseBody | None
    open_invoice: OpenInvoiceBody | None


def subscription_facts(subscription: Subscription) -> SubscriptionFacts:
    discounts = [_discount(each) for each in subscription.discounts]
    return SubscriptionFacts(
        plan=subscription.plan,
        status=subscription.status,
        gateway=subscription.gateway,
        subscription_ref=subscription.ref,
        customer_ref=subscription.customer,
        checkout_id=subscription.checkout_id,
        price_cents=subscription.charged_cents,
        currency=subscription.price.currency,
        interval=subscription.price.interval,
        started_at=subscription.started_at,
        period_start=subscription.period_start,
        period_end=subscription.period_end,
        cancel_at=subscription.cancel_at,
        ended_at=subscription.ended_at,
        next_plan=subscription.next_plan,
        amount_cents=subscription.charged_cents,
        unit_price_cents=subscription.price.price_cents,
        quantity=subscription.quantity,
        interval_count=subscription.interval_count,
        discount=next(iter(discounts), None),
        discounts=discounts,
        trial_ends_at=subscription.trial_ends_at,
        paused=_pause(subscription.paused) if subscription.paused is not None else None,
        open_invoice=_owed(subscription.open_invoice) if subscription.open_invoice else None,
    )


def _discount(discount: Discount) -> DiscountBody:
    return DiscountBody(
        name=discount.name,
        percent=float(discount.percent) if discount.percent is not None else None,
        amount_cents=discount.amount_cents,
        ends_at=discount.ends_at,
    )


def _pause(pause: Pause) -> PauseBody:
    return PauseBody(kind=pause.kind, resumes_at=pause.resumes_at)


def _owed(invoice: OpenInvoice) -> OpenInvoiceBody:
    return OpenInvoiceBody(
        invoice_ref=invoice.ref,
        amount_cents=invoice.amount_cents,
        currency=invoice.currency,
        due_at=invoice.due_at,
        url=invoice.url,
    )
