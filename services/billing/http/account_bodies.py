"""Accounts as they are answered."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from gateways.port import InvoiceSnapshot
from runtime.eventstore.command import current_trace
from services.billing.application.change_subscription import Forecast
from services.billing.domain.account.checkout import Checkout
from services.billing.domain.account.state import Account
from services.billing.domain.invoice.state import Invoice
from services.billing.http.subscription_bodies import SubscriptionFacts, subscription_facts

SERVICE = "billing"


class CheckoutBody(BaseModel):
    checkout_id: str
    url: str
    gateway: str


class OpenCheckoutBody(CheckoutBody):
    plan: str
    expires_at: datetime | None


class SubscriptionBody(BaseModel):
    """`plan` is what the workspace lives on: the subscription's while that gives access, else the
    default. `status`, `gateway` and `cancel_at` are the subscription's, null without one.
    `changed`: whether this command recorded anything."""

    workspace_id: str
    plan: str | None
    status: str | None
    gateway: str | None
    cancel_at: datetime | None
    subscription: SubscriptionFacts | None
    checkout: OpenCheckoutBody | None
    changed: bool


class ForecastBody(BaseModel):
    """`changed`: whether anything would come of the command."""

    dry_run: Literal[True] = True
    action: str
    changed: bool
    in_place: bool
    needs_checkout: bool
    effective_at: datetime | None
    proration: dict[str, int | str] | None = Field(
        description="What the next invoice would add, or, negative, what another checkout would "
        "give back of what was paid; null where nobody can tell."
    )


class ConfirmationBody(BaseModel):
    confirmation_url: str


SwapAnswer = SubscriptionBody | CheckoutBody | ConfirmationBody | ForecastBody


class SettingsBody(BaseModel):
    plan_change: str
    billing_email: str | None


class PortalBody(BaseModel):
    url: str


class InvoiceBody(BaseModel):
    gateway: str
    invoice_ref: str
    number: str
    date: datetime
    amount_cents: int
    currency: str
    status: str
    url: str | None


class RefundedInvoiceBody(BaseModel):
    """`refundable_cents` is what is left of the payment."""

    gateway: str
    invoice_ref: str
    currency: str
    paid_cents: int
    refunded_cents: int
    refundable_cents: int


class InvoicesBody(BaseModel):
    data: list[InvoiceBody]


def subscription_body(account: Account, default_plan: str | None) -> SubscriptionBody:
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
    )


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
    proration: dict[str, int | str] | None = None
    if money is not None:
        proration = {"amount_cents": money.amount, "currency": money.currency}
    return ForecastBody(
        action=forecast.action,
        changed=forecast.changed,
        in_place=forecast.in_place,
        needs_checkout=not forecast.in_place,
        effective_at=forecast.effective_at,
        proration=proration,
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
