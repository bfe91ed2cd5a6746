"""Words of billing as they are answered, each told once."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from runtime.web.openapi import means
from services.billing.domain.account.subscription import Status
from services.billing.domain.terms import Interval

Workspace = Annotated[str, means("The workspace.", "acme")]
Plan = Annotated[str, means("The slug of a plan.", "pro-monthly")]
Gateway = Annotated[str, means("The name of a payment gateway.", "stripe")]
CurrencyCode = Annotated[str, means("ISO 4217.", "USD")]
BillingInterval = Annotated[Interval, means("How often the price is charged.", "month")]
SubscriptionStatus = Annotated[
    Status,
    means("Access is kept in `trialing`, `active`, `grace` and `past_due`.", "active"),
]
PlanChange = Annotated[
    Literal["prorate", "next_cycle", "auto"],
    means(
        "How a change of plan takes effect where the gateway leaves the choice: at once and "
        "prorated, at the next billing boundary, or `auto`: what costs less a month at the "
        "boundary, all else at once.",
        "prorate",
    ),
]
SubscriptionRef = Annotated[str, means("The subscription's id at its gateway.", "sub_1N8Zq2")]
InvoiceRef = Annotated[str, means("The invoice's id at its gateway.", "in_1N8Zq2")]
CheckoutId = Annotated[str, means("The checkout, in events too.", "co_5fJ2kq")]
CheckoutUrl = Annotated[
    str, means("Where the customer pays.", "https://checkout.stripe.com/c/pay/cs_test_a1")
]
CancelAt = Annotated[
    datetime, means("When a scheduled cancellation takes effect.", "2026-12-01T00:00:00Z")
]
