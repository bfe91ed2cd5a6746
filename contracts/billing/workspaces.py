"""What is known of a workspace beside its subscription."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from contracts.billing.plans import MeterQuota
from contracts.envelope import EventData, later


class AccountOpened(EventData):
    """The first thing that was recorded of a workspace."""

    TYPE = "billing.AccountOpened.v1"
    workspace_id: str


class PaymentMethodSaved(EventData):
    """The method that one-time charges may use, until the next such event of the workspace.
    `expires` is a card's last month (`2027-04`), where the gateway tells it."""

    TYPE = "billing.PaymentMethodSaved.v1"
    workspace_id: str
    gateway: str
    customer_ref: str
    payment_method_ref: str
    brand: str
    last4: str
    expires: str | None = later(None)


class WorkspaceSettingsChanged(EventData):
    """`billing_email` is sealed: see the privacy ADR. `by_price`: a plan that costs less a month
    waits for the next cycle, whatever `plan_change` says."""

    TYPE = "billing.WorkspaceSettingsChanged.v1"
    workspace_id: str
    plan_change: Literal["prorate", "next_cycle"]
    billing_email: str | None
    by_price: bool = later(False)


class BillingProfileChanged(EventData):
    """Who pays was said anew. `profile` is sealed: see the privacy ADR."""

    TYPE = "billing.BillingProfileChanged.v1"
    workspace_id: str
    profile: str | None


class WorkspaceOverridesChanged(EventData):
    """What holds instead of the workspace's plan, all of it, until `until` (null: for good).
    `quotas` by meter, `conversation` and `message` among them. `reason` is empty where none was
    given."""

    TYPE = "billing.WorkspaceOverridesChanged.v1"
    workspace_id: str
    quotas: dict[str, MeterQuota]
    limits: dict[str, int | None]
    features: dict[str, bool | int | str | None]
    until: datetime | None
    reason: str = later("")


class WebhookReceived(EventData):
    """A verified notification was stored. References are the gateway's, empty where it names none;
    `workspace_id` is empty while it is not known whose. Whoever owns what it names fetches that.
    """

    TYPE = "billing.WebhookReceived.v1"
    gateway: str
    webhook_id: str
    webhook_type: str
    workspace_id: str
    subscription_ref: str
    checkout_ref: str
    charge_ref: str
    customer_ref: str


class WebhookEvent(EventData):
    """What became of a notification whose WebhookReceived came before."""

    workspace_id: str
    gateway: str
    webhook_id: str


class WebhookPutOff(WebhookEvent):
    """It could not be read and is read again with growing pauses; only the first failure is told.
    `reason` is an error's code."""

    TYPE = "billing.WebhookPutOff.v1"
    reason: str


class WebhookParked(WebhookEvent):
    """Given up after `attempts`, and kept until somebody has it read again."""

    TYPE = "billing.WebhookParked.v1"
    reason: str
    attempts: int


class WebhookRetried(WebhookEvent):
    """Somebody has it read again, from its first attempt."""

    TYPE = "billing.WebhookRetried.v1"


class WebhookProcessed(WebhookEvent):
    """Read at last. Not told of one that was never put off or parked."""

    TYPE = "billing.WebhookProcessed.v1"


class WorkspaceErased(EventData):
    """The key of the workspace's personal data was destroyed: whoever copied sealed text can't
    open it any more, and whoever keeps opened text must delete it."""

    TYPE = "billing.WorkspaceErased.v1"
    workspace_id: str
