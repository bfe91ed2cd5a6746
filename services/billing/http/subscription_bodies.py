"""A subscription as it is answered."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel

from kernel.errors import DomainError
from runtime.web.openapi import means
from services.billing.domain.account.charged import Discount, OpenInvoice, Pause
from services.billing.domain.account.subscription import Subscription
from services.billing.http import fields


class AbilityBody(BaseModel):
    """Whether a command would be taken now; else the error that it would meet."""

    possible: Annotated[bool, means("Whether it would be taken.", False)]
    code: Annotated[
        str | None, means("The error's code, null where possible.", "capability_not_supported")
    ]
    reason: Annotated[str | None, means("For people.", "It plans no end of a pause.")]


class DiscountBody(BaseModel):
    """Either `percent` or `amount_cents` is given off."""

    name: Annotated[str, means("What the gateway calls it.", "Launch")]
    percent: Annotated[float | None, means("0 to 100.", 20.0)]
    amount_cents: Annotated[int | None, means("Minor units.", None)]
    ends_at: Annotated[datetime | None, means("Null is for ever.", "2027-02-01T00:00:00Z")]


class PauseBody(BaseModel):
    """Why nothing is charged at the moment."""

    kind: Annotated[
        Literal["collection", "subscription"],
        means(
            "`collection`: it goes on and nothing is collected; `subscription`: it rests.",
            "subscription",
        ),
    ]
    resumes_at: Annotated[datetime | None, means("Null is not planned.", "2027-01-01T00:00:00Z")]


class OpenInvoiceBody(BaseModel):
    """What waits to be paid."""

    invoice_ref: fields.InvoiceRef
    amount_cents: Annotated[int, means("Minor units.", 2900)]
    currency: fields.CurrencyCode
    due_at: Annotated[datetime | None, means("By when.", "2026-12-08T00:00:00Z")]
    url: Annotated[str | None, means("Where to pay it.", "https://invoice.stripe.com/i/1")]


class SubscriptionFacts(BaseModel):
    """One subscription, as billing knows it."""

    plan: fields.Plan
    status: fields.SubscriptionStatus
    gateway: Annotated[str | None, means("Null for an assigned plan.", "stripe")]
    subscription_ref: fields.SubscriptionRef | None
    customer_ref: Annotated[str | None, means("The payer's id at the gateway.", "cus_1N8Zq2")]
    checkout_id: fields.CheckoutId | None
    price_cents: Annotated[int, means("The same as `amount_cents`.", 2900)]
    currency: fields.CurrencyCode
    interval: fields.BillingInterval
    started_at: Annotated[datetime, means("When it began.", "2026-11-01T00:00:00Z")]
    period_start: Annotated[
        datetime | None, means("The period that is paid for.", "2026-11-01T00:00:00Z")
    ]
    period_end: Annotated[datetime | None, means("Its end.", "2026-12-01T00:00:00Z")]
    cancel_at: fields.CancelAt | None
    ended_at: Annotated[datetime | None, means("Null while it runs.", None)]
    next_plan: Annotated[str | None, means("What the next period begins with.", None)]
    amount_cents: Annotated[
        int, means("What is really charged every `interval_count` intervals.", 2900)
    ]
    unit_price_cents: Annotated[int, means("What a unit was bought for.", 2900)]
    quantity: Annotated[int, means("Units.", 1)]
    interval_count: Annotated[int, means("Intervals of a period.", 1)]
    discount: Annotated[DiscountBody | None, means("The first of `discounts`.")]
    discounts: Annotated[list[DiscountBody], means("Those that the price has.")]
    trial_ends_at: Annotated[datetime | None, means("Null without a trial.", None)]
    paused: Annotated[PauseBody | None, means("Null while it is charged.")]
    open_invoice: Annotated[OpenInvoiceBody | None, means("Null where nothing is owed.")]


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


def ability_body(refusal: DomainError | None) -> AbilityBody:
    if refusal is None:
        return AbilityBody(possible=True, code=None, reason=None)
    reason = refusal.details.get("reason") or refusal.text
    return AbilityBody(possible=False, code=refusal.code, reason=str(reason))
