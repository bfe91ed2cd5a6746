"""What is asked of a gateway about a subscription, and what it has undone."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from contracts.envelope import EventData, later


class SubscriptionChangeRequested(EventData):
    """Recorded before the gateway is asked: the intent. `plan` and `timing` of a swap;
    `reason` where support did it."""

    TYPE = "billing.SubscriptionChangeRequested.v1"
    workspace_id: str
    command_id: str
    kind: Literal["cancel", "resume", "swap"]
    gateway: str
    subscription_ref: str
    plan: str | None
    timing: Literal["prorate", "next_cycle"] | None
    reason: str = later("")


class SubscriptionAdjustmentRequested(EventData):
    """Something beside the plan is to change. `kind` is an open word: `quantity`, `pause` and
    `trial` (both with `until`, where an end was given), `unpause`, `discount` (a code) and
    `discount_end` so far. Confirmed or refused as
    other changes are."""

    TYPE = "billing.SubscriptionAdjustmentRequested.v1"
    workspace_id: str
    command_id: str
    kind: str
    gateway: str
    subscription_ref: str
    quantity: int | None
    until: datetime | None
    discount: str | None = later(None)


class SubscriptionChangeConfirmed(EventData):
    """The gateway did what was asked of it."""

    TYPE = "billing.SubscriptionChangeConfirmed.v1"
    workspace_id: str
    command_id: str


class SubscriptionChangeRefused(EventData):
    """The gateway will never do it."""

    TYPE = "billing.SubscriptionChangeRefused.v1"
    workspace_id: str
    command_id: str
    reason: str


class OverlapRefundDue(EventData):
    """What is to be given back, before the gateway is asked with `command_id`."""

    TYPE = "billing.OverlapRefundDue.v1"
    workspace_id: str
    command_id: str
    gateway: str
    subscription_ref: str
    amount_cents: int
    currency: str
    invoice_ref: str = later("")


class SubscriptionAdopted(EventData):
    """A subscription that no checkout of ours made: a person did, in the gateway's dashboard. What
    it grants, the PlanSubscribed after it tells."""

    TYPE = "billing.SubscriptionAdopted.v1"
    workspace_id: str
    gateway: str
    subscription_ref: str
    customer_ref: str | None


class GatewayReferenceForgotten(EventData):
    """A subscription, customer or checkout that its gateway does not answer for any more: nobody
    asks for it again. A subscription that ends with it has an event of its own."""

    TYPE = "billing.GatewayReferenceForgotten.v1"
    workspace_id: str
    gateway: str
    ref: str
    reason: str


class OrphanSubscriptionCancelled(EventData):
    """A second live subscription was ended at its gateway, so that nobody pays for both."""

    TYPE = "billing.OrphanSubscriptionCancelled.v1"
    workspace_id: str
    gateway: str
    subscription_ref: str
    reason: str


class OverlapRefunded(EventData):
    """Money given back for a time in which two subscriptions had been paid."""

    TYPE = "billing.OverlapRefunded.v1"
    workspace_id: str
    gateway: str
    subscription_ref: str
    refund_ref: str
    amount_cents: int
    currency: str
    invoice_ref: str = later("")


class OverlapRefundRefused(EventData):
    """It is left to people to give it back: the gateway never will, or the money did not reach the
    payer."""

    TYPE = "billing.OverlapRefundRefused.v1"
    workspace_id: str
    command_id: str
    gateway: str
    subscription_ref: str
    amount_cents: int
    currency: str
    invoice_ref: str
    reason: str


class InvoiceRefundRequested(EventData):
    """Support decided to give back what was paid for an invoice, or a part of it.
    `subscription_ref` is empty for a one-time sum."""

    TYPE = "billing.InvoiceRefundRequested.v1"
    workspace_id: str
    command_id: str
    gateway: str
    subscription_ref: str
    invoice_ref: str
    amount_cents: int
    currency: str
    reason: str


class InvoiceRefundConfirmed(EventData):
    """The gateway gives it back. The invoice tells of it in an event of its own."""

    TYPE = "billing.InvoiceRefundConfirmed.v1"
    workspace_id: str
    command_id: str
    gateway: str
    subscription_ref: str
    invoice_ref: str
    refund_ref: str
    amount_cents: int
    currency: str


class InvoiceRefundRefused(EventData):
    """The gateway never will: nothing went back."""

    TYPE = "billing.InvoiceRefundRefused.v1"
    workspace_id: str
    command_id: str
    gateway: str
    subscription_ref: str
    invoice_ref: str
    amount_cents: int
    currency: str
    reason: str
