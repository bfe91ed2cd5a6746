"""Accounts as they are answered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel

from gateways.port import InvoiceSnapshot
from gateways.port.invoices import InvoiceStatus
from kernel.errors import DomainError
from runtime.eventstore.command import current_trace
from runtime.web.openapi import means
from services.billing.application.billing import Billing
from services.billing.application.change_subscription import Forecast
from services.billing.domain.account.checkout import Checkout
from services.billing.domain.account.state import Account
from services.billing.domain.invoice.state import Invoice
from services.billing.http import fields
from services.billing.http.subscription_bodies import (
    AbilityBody,
    SubscriptionFacts,
    ability_body,
    subscription_facts,
)

SERVICE = "billing"


class CheckoutBody(BaseModel):
    """A checkout that waits to be paid."""

    checkout_id: fields.CheckoutId
    url: fields.CheckoutUrl
    gateway: fields.Gateway


class OpenCheckoutBody(CheckoutBody):
    """The checkout that can still be paid."""

    plan: fields.Plan
    expires_at: Annotated[
        datetime | None, means("When the gateway closes it.", "2026-11-27T10:00:00Z")
    ]


class SubscriptionBody(BaseModel):
    """How the workspace stands. `status`, `gateway` and `cancel_at` are the subscription's, null
    without one."""

    workspace_id: fields.Workspace
    plan: Annotated[
        str | None,
        means(
            "What the workspace lives on: the subscription's while that gives access, else the "
            "default plan.",
            "pro-monthly",
        ),
    ]
    status: fields.SubscriptionStatus | None
    gateway: fields.Gateway | None
    cancel_at: fields.CancelAt | None
    subscription: Annotated[SubscriptionFacts | None, means("The last one, ended or not.")]
    checkout: Annotated[OpenCheckoutBody | None, means("Null where none is open.")]
    changed: Annotated[bool, means("Whether this command recorded anything.", True)]
    abilities: Annotated[
        dict[str, AbilityBody],
        means("By command whether it can be done with this subscription now.", {}),
    ]


class ProrationBody(BaseModel):
    """What the next invoice would add, or, negative, what another checkout would give back."""

    amount_cents: Annotated[int, means("Minor units.", 1450)]
    currency: fields.CurrencyCode


class ForecastBody(BaseModel):
    """What a command would do. Nothing of it was done."""

    dry_run: Annotated[Literal[True], means("Always true.", True)] = True
    action: Annotated[str, means("The command.", "swap")]
    changed: Annotated[bool, means("Whether anything would come of the command.", True)]
    in_place: Annotated[bool, means("Whether the running subscription is changed.", True)]
    needs_checkout: Annotated[bool, means("Whether the customer has to pay anew.", False)]
    effective_at: Annotated[
        datetime | None, means("When it takes effect; null is at once.", "2026-12-01T00:00:00Z")
    ]
    proration: Annotated[ProrationBody | None, means("Null where nobody can tell.")]
    amount_cents: Annotated[
        int | None,
        means("What an interval costs from then on, quantity and discounts included.", 4900),
    ]
    currency: fields.CurrencyCode | None


class ConfirmationBody(BaseModel):
    """The bank asks the card's owner. Nothing changes until then."""

    confirmation_url: Annotated[
        str, means("Where the owner confirms.", "https://invoice.stripe.com/i/acct_1/test_1")
    ]


SwapAnswer = SubscriptionBody | CheckoutBody | ConfirmationBody | ForecastBody


class SettingsBody(BaseModel):
    """What a workspace has decided about its billing."""

    plan_change: fields.PlanChange
    billing_email: Annotated[
        str | None, means("Where invoices go instead of to the buyer.", "billing@acme.test")
    ]


class PortalBody(BaseModel):
    """The gateway's own page for its customer."""

    url: Annotated[
        str, means("Where the customer goes.", "https://billing.stripe.com/p/session/test_1")
    ]


class InvoiceBody(BaseModel):
    """An invoice as its gateway shows it."""

    gateway: fields.Gateway
    invoice_ref: fields.InvoiceRef
    number: Annotated[str, means("What people call it.", "INV-0042")]
    date: Annotated[datetime, means("When it was issued.", "2026-11-01T00:00:00Z")]
    amount_cents: Annotated[int, means("Its total, in minor units.", 2900)]
    currency: fields.CurrencyCode
    status: Annotated[InvoiceStatus, means("How it stands.", "paid")]
    url: Annotated[
        str | None, means("The gateway's page or PDF.", "https://invoice.stripe.com/i/1")
    ]


class RefundedInvoiceBody(BaseModel):
    """An invoice after a refund, in minor units."""

    gateway: fields.Gateway
    invoice_ref: fields.InvoiceRef
    currency: fields.CurrencyCode
    paid_cents: Annotated[int, means("What was collected.", 2900)]
    refunded_cents: Annotated[int, means("What of that was given back.", 900)]
    refundable_cents: Annotated[int, means("What is left of the payment.", 2000)]


class InvoicesBody(BaseModel):
    """All that the gateway knows of."""

    data: Annotated[list[InvoiceBody], means("The newest first.")]


def subscription_body(
    account: Account, default_plan: str | None, abilities: Mapping[str, DomainError | None]
) -> SubscriptionBody:
    current, checkout = account.subscription, account.open_checkout
    has_access = current is not None and current.has_access
    return SubscriptionBody(
        workspace_id=account.workspace,
        plan=current.plan if current is not None and has_access else default_plan,
        status=current.status if current is not None else None,
        gateway=current.gateway if current is not None else None,
        cancel_at=current.cancel_at if current is not None else None,
        subscription=subscription_facts(current) if current is not None else None,
        checkout=_open(checkout) if checkout is not None else None,
        changed=_recorded(),
        abilities={name: ability_body(refusal) for name, refusal in abilities.items()},
    )


def subscription_answer(billing: Billing, account: Account) -> SubscriptionBody:
    return subscription_body(account, billing.plans.default_slug(), billing.abilities_of(account))


def _recorded() -> bool:
    trace = current_trace()
    return trace is not None and SERVICE in trace.positions


def _open(checkout: Checkout) -> OpenCheckoutBody:
    return OpenCheckoutBody(
        checkout_id=checkout.id,
        url=checkout.url,
        gateway=checkout.gateway,
        plan=checkout.agreed.plan,
        expires_at=checkout.expires_at,
    )


def checkout_body(checkout: Checkout) -> CheckoutBody:
    return CheckoutBody(checkout_id=checkout.id, url=checkout.url, gateway=checkout.gateway)


def forecast_body(forecast: Forecast) -> ForecastBody:
    money = forecast.proration
    proration = None
    if money is not None:
        proration = ProrationBody(amount_cents=money.amount, currency=money.currency)
    return ForecastBody(
        action=forecast.action,
        changed=forecast.changed,
        in_place=forecast.in_place,
        needs_checkout=not forecast.in_place,
        effective_at=forecast.effective_at,
        proration=proration,
        amount_cents=forecast.amount.amount if forecast.amount is not None else None,
        currency=forecast.amount.currency if forecast.amount is not None else None,
    )


def settings_body(account: Account, billing_email: str | None) -> SettingsBody:
    return SettingsBody(plan_change=account.plan_change, billing_email=billing_email)


def refunded_invoice_body(invoice: Invoice) -> RefundedInvoiceBody:
    return RefundedInvoiceBody(
        gateway=invoice.gateway,
        invoice_ref=invoice.ref,
        currency=invoice.currency,
        paid_cents=invoice.paid,
        refunded_cents=invoice.refunded,
        refundable_cents=invoice.kept,
    )


def invoice_body(invoice: InvoiceSnapshot) -> InvoiceBody:
    return InvoiceBody(
        gateway=invoice.gateway,
        invoice_ref=invoice.ref,
        number=invoice.number,
        date=invoice.issued_at,
        amount_cents=invoice.total,
        currency=invoice.currency,
        status=invoice.status,
        url=invoice.url or invoice.pdf_url,
    )
