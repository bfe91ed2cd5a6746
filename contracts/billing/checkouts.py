"""Hosted pages on which a subscription is begun."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from contracts.envelope import EventData, later


class CheckoutStarted(EventData):
    """Somebody chose a plan: recorded before the gateway is asked for a page."""

    TYPE = "billing.CheckoutStarted.v1"
    workspace_id: str
    checkout_id: str
    gateway: str
    plan: str
    price_cents: int
    currency: str
    replaces: str | None
    quantity: int = later(1)
    trial_days: int | None = later(None)
    discount: str | None = later(None)


class CheckoutOpened(EventData):
    """The gateway's hosted page is there, until `expires_at` where it says so."""

    TYPE = "billing.CheckoutOpened.v1"
    workspace_id: str
    checkout_id: str
    gateway: str
    checkout_ref: str
    url: str
    expires_at: datetime | None


class CheckoutAbandoned(EventData):
    """The page of a superseded checkout can't be paid any more."""

    TYPE = "billing.CheckoutAbandoned.v1"
    workspace_id: str
    checkout_id: str


class CheckoutClosed(EventData):
    """An open checkout came to nothing."""

    TYPE = "billing.CheckoutClosed.v1"
    workspace_id: str
    checkout_id: str
    gateway: str
    reason: Literal["superseded", "expired", "failed"]
