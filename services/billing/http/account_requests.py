"""What is sent about a workspace's account."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints

from kernel.text import LINE
from runtime.web.return_urls import ReturnUrl
from services.billing.domain.account.agreement import ExpectedPrice
from services.billing.http.plan_bodies import Count, Currency, Positive, Request, Slug

EMAIL = r"^[^@\s\x00-\x1f\x7f-\x9f]+@[^@\s\x00-\x1f\x7f-\x9f]+\.[^@\s\x00-\x1f\x7f-\x9f]+$"
Email = Annotated[str, StringConstraints(pattern=EMAIL, max_length=254)]
GatewayName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Reason = Annotated[str, StringConstraints(pattern=LINE, min_length=3, max_length=500)]
Reference = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,255}$")]


class Priced(Request):
    """What the customer was shown: when the plan costs something else, nothing is begun."""

    expected_price_cents: Count | None = None
    expected_currency: Currency | None = None

    def expected(self) -> ExpectedPrice:
        return ExpectedPrice(self.expected_price_cents, self.expected_currency)


class NewCheckout(Priced):
    plan: Slug
    gateway: GatewayName
    success_url: ReturnUrl
    cancel_url: ReturnUrl


class Cancellation(Request):
    """The reason is needed of who does not manage the workspace."""

    reason: Reason | None = None


class Reconciliation(Request):
    session_id: Reference | None = None


class Adoption(Request):
    gateway: GatewayName
    subscription_ref: Reference


class Forgetting(Request):
    gateway: GatewayName
    ref: Reference
    reason: Reason


class InvoiceRefund(Request):
    """Without an amount all that is left is given back."""

    amount_cents: Positive | None = None
    reason: Reason


class Swap(Priced):
    """The pages to come back to are needed where the gateway wants a new checkout; without them
    those of the last one are used."""

    plan: Slug
    success_url: ReturnUrl | None = None
    cancel_url: ReturnUrl | None = None


class Assignment(Request):
    plan: Slug


class SettingsPatch(Request):
    plan_change: Literal["prorate", "next_cycle"] | None = None
    billing_email: Email | None = None


class PortalRequest(Request):
    return_url: ReturnUrl | None = None
