"""Hosted pages, on which a subscription is begun or a one-time sum is paid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from gateways.port.adjustments import Coupon
from gateways.port.catalogue import PlanSpec
from gateways.port.payers import PayerDetails
from kernel.money import Money

CheckoutStatus = Literal["open", "complete", "expired"]


@dataclass(frozen=True, slots=True)
class CheckoutRequest:
    """`replaces` is the subscription that the new one takes the place of, kept as metadata.

    `coupon` is given to the subscription, whose first `trial_days` are free.
    `success_url` may hold the placeholder `{CHECKOUT_SESSION_ID}`.
    """

    command_id: str
    workspace_id: str
    plan: PlanSpec
    price_ref: str
    success_url: str
    cancel_url: str
    customer: str | None = None
    customer_email: str | None = None
    replaces: str | None = None
    quantity: int = 1
    coupon: Coupon | None = None
    trial_days: int | None = None
    payer: PayerDetails | None = None


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """A one-time sum, paid on a hosted page because there is no method on file."""

    command_id: str
    workspace_id: str
    amount: Money
    description: str
    success_url: str
    cancel_url: str
    customer: str | None = None
    customer_email: str | None = None


@dataclass(frozen=True, slots=True)
class Checkout:
    """A hosted page that is open until `expires_at`."""

    ref: str
    url: str
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CheckoutSnapshot:
    """`subscription` and `charge` are the gateway's references, once there are any. An open page
    with a charge was approved and waits for `Payments.capture`. `workspace_id` is what the page was
    opened for, as far as it says so."""

    ref: str
    status: CheckoutStatus
    subscription: str | None = None
    charge: str | None = None
    workspace_id: str = ""


class Checkouts(Protocol):
    def start(self, request: CheckoutRequest) -> Checkout: ...

    def start_payment(self, request: PaymentRequest) -> Checkout: ...

    def fetch(self, ref: str) -> CheckoutSnapshot: ...

    def abandon(self, ref: str) -> None:
        """Closes an open page; quietly nothing where it is closed or can't be."""
        ...
