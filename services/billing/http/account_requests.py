"""What is sent about a workspace's account."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints

from services.billing.http.plan_bodies import Request, Slug

# The placeholder of Stripe has braces, which no strict URL type takes.
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s<>\"\\^`|]+$", max_length=2000)]
Email = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=254)]
GatewayName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Reference = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,255}$")]


class NewCheckout(Request):
    plan: Slug
    gateway: GatewayName
    success_url: Url
    cancel_url: Url


class Reconciliation(Request):
    session_id: Reference | None = None


class Swap(Request):
    """The pages to come back to are needed where the gateway wants a new checkout; without them
    those of the last one are used."""

    plan: Slug
    success_url: Url | None = None
    cancel_url: Url | None = None


class Assignment(Request):
    plan: Slug


class SettingsPatch(Request):
    plan_change: Literal["prorate", "next_cycle"] | None = None
    billing_email: Email | None = None


class PortalRequest(Request):
    return_url: Url | None = None
