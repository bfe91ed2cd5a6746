"""What is sent about a workspace's account."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictInt, StringConstraints

from kernel.text import LINE
from runtime.web.openapi import means
from runtime.web.return_urls import ReturnUrl
from services.billing.domain.account.agreement import ExpectedPrice
from services.billing.domain.plan.sale import MOST_UNITS
from services.billing.http import fields
from services.billing.http.discount_bodies import Code
from services.billing.http.plan_fields import Count, Currency, Positive, Slug
from services.billing.http.sale_bodies import Request

EMAIL = r"^[^@\s\x00-\x1f\x7f-\x9f]+@[^@\s\x00-\x1f\x7f-\x9f]+\.[^@\s\x00-\x1f\x7f-\x9f]+$"
Email = Annotated[
    str,
    StringConstraints(pattern=EMAIL, max_length=254),
    means("Where invoices go; null is to the buyer.", "billing@acme.test"),
]
GatewayName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$"),
    means("One of `listGateways`.", "stripe"),
]
Reason = Annotated[
    str,
    StringConstraints(pattern=LINE, min_length=3, max_length=500),
    means("Why, for who reads the history.", "Customer asked by phone"),
]
Reference = Annotated[
    str,
    StringConstraints(pattern=r"^[!-~]{1,255}$"),
    means("The gateway's id of it.", "sub_1N8Zq2"),
]
SuccessUrl = Annotated[
    ReturnUrl, means("Where to send who has paid.", "https://app.example.com/billing?paid=1")
]
CancelUrl = Annotated[
    ReturnUrl, means("Where to send who has not.", "https://app.example.com/billing")
]


Quantity = Annotated[
    StrictInt, Field(ge=1, le=MOST_UNITS), means("Units, as the plan's `per_unit` allows.", 5)
]


class Priced(Request):
    """What the customer was shown: when the plan costs something else, nothing is begun."""

    expected_price_cents: Annotated[Count | None, means("In minor units.", 2900)] = None
    expected_currency: Annotated[Currency | None, means("ISO 4217.", "USD")] = None

    def expected(self) -> ExpectedPrice:
        return ExpectedPrice(self.expected_price_cents, self.expected_currency)


class NewCheckout(Priced):
    """A plan to pay for, and where."""

    plan: Slug
    gateway: GatewayName
    success_url: SuccessUrl
    cancel_url: CancelUrl
    quantity: Quantity = 1
    discount: Code | None = None
    currency: Annotated[
        Currency | None, means("One that the plan has a price in; null is its own.", "EUR")
    ] = None


class Cancellation(Request):
    """The reason is needed of who does not manage the workspace."""

    reason: Reason | None = None


class Reconciliation(Request):
    """May name the checkout that the customer comes back from."""

    session_id: Annotated[
        Reference | None, means("What Stripe put into `success_url`.", "cs_test_a1b2c3")
    ] = None


class Adoption(Request):
    """A subscription that was made in the gateway's dashboard."""

    gateway: GatewayName
    subscription_ref: Reference


class Forgetting(Request):
    """What the gateway does not answer for any more."""

    gateway: GatewayName
    ref: Reference
    reason: Reason


class InvoiceRefund(Request):
    """Without an amount all that is left is given back."""

    amount_cents: Annotated[Positive | None, means("Minor units.", 900)] = None
    reason: Reason


class Swap(Priced):
    """The pages to come back to are needed where the gateway wants a new checkout; without them
    those of the last one are used."""

    plan: Slug
    success_url: SuccessUrl | None = None
    cancel_url: CancelUrl | None = None


class Assignment(Request):
    """A plan that costs nothing."""

    plan: Slug


class SettingsPatch(Request):
    """Only what is given changes; an e-mail address of null forgets it."""

    plan_change: fields.PlanChange | None = None
    billing_email: Email | None = None


class PortalRequest(Request):
    """Where the portal leads back to."""

    return_url: Annotated[
        ReturnUrl | None, means("A page of the host's.", "https://app.example.com/billing")
    ] = None
