"""A verified notification of a gateway: a fact of its own, and what became of reading it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar, Literal

from kernel.decider import Decider
from kernel.events import CreatedEvent, DomainEvent, added

WebhookState = Literal["received", "retry", "parked", "processed"]


def webhook_stream(gateway: str, webhook_id: str) -> str:
    return f"webhook:{gateway}:{webhook_id}"


@dataclass(frozen=True, kw_only=True)
class WebhookReceived(CreatedEvent):
    """Stream `webhook:<gateway>:<webhook id>`. References are the gateway's, empty where it names
    none. Recorded when it is read for the first time. `sealed`: SHA-256, hex, of the body as it is
    kept, which is sealed: it can't be replaced unseen, and the hash says nothing of people."""

    TOPIC: ClassVar[str] = "billing.WebhookReceived"
    gateway: str
    webhook_id: str
    webhook_type: str
    workspace_id: str
    subscription_ref: str
    checkout_ref: str
    charge_ref: str
    customer_ref: str
    sealed: str = added("")


@dataclass(frozen=True, kw_only=True)
class WebhookEvent(DomainEvent):
    """Identified as the notification was when it was received."""

    gateway: str
    webhook_id: str
    workspace_id: str


@dataclass(frozen=True, kw_only=True)
class WebhookPutOff(WebhookEvent):
    """It could not be read and will be read again. Only the first failure is told. `reason` is a
    code: what a message of an error says may name people."""

    TOPIC: ClassVar[str] = "billing.WebhookPutOff"
    reason: str


@dataclass(frozen=True, kw_only=True)
class WebhookParked(WebhookEvent):
    """Given up after `attempts`, and kept until somebody has it read again."""

    TOPIC: ClassVar[str] = "billing.WebhookParked"
    reason: str
    attempts: int


@dataclass(frozen=True, kw_only=True)
class WebhookRetried(WebhookEvent):
    """Somebody has it read again."""

    TOPIC: ClassVar[str] = "billing.WebhookRetried"


@dataclass(frozen=True, kw_only=True)
class WebhookProcessed(WebhookEvent):
    """Read at last. Not told of one that was never put off."""

    TOPIC: ClassVar[str] = "billing.WebhookProcessed"


STATES: Mapping[type[DomainEvent], WebhookState] = {
    WebhookPutOff: "retry",
    WebhookParked: "parked",
    WebhookRetried: "retry",
    WebhookProcessed: "processed",
}


@dataclass(frozen=True)
class Webhook:
    received: WebhookReceived
    state: WebhookState = "received"


def evolve(webhook: Webhook | None, event: DomainEvent) -> Webhook:
    if webhook is None and isinstance(event, WebhookReceived):
        return Webhook(event)
    if webhook is not None and type(event) in STATES:
        return replace(webhook, state=STATES[type(event)])
    raise TypeError(f"a webhook is received once, and first: {type(event).__name__}")


WEBHOOK = Decider("billing.Webhook", evolve)


def decide_receive_webhook(
    gateway: str,
    webhook_id: str,
    webhook_type: str,
    refs: Mapping[str, str],
    at: datetime,
    sealed: str = "",
) -> list[DomainEvent]:
    """`refs` are the gateway's references, empty where it names none."""
    return [
        WebhookReceived(
            timestamp=at,
            gateway=gateway,
            webhook_id=webhook_id,
            webhook_type=webhook_type,
            workspace_id=refs.get("workspace", ""),
            subscription_ref=refs.get("subscription", ""),
            checkout_ref=refs.get("checkout", ""),
            charge_ref=refs.get("charge", ""),
            customer_ref=refs.get("customer", ""),
            sealed=sealed,
        )
    ]


def decide_put_off(webhook: Webhook, reason: str, at: datetime) -> list[DomainEvent]:
    if webhook.state == "retry":
        return []
    return [WebhookPutOff(timestamp=at, reason=reason, **_identity(webhook))]


def decide_park(webhook: Webhook, reason: str, attempts: int, at: datetime) -> list[DomainEvent]:
    if webhook.state == "parked":
        return []
    return [WebhookParked(timestamp=at, reason=reason, attempts=attempts, **_identity(webhook))]


def decide_retry(webhook: Webhook, at: datetime) -> list[DomainEvent]:
    """Of one that is parked, which its inbox knows: of what was parked by earlier versions no event
    tells."""
    if webhook.state == "retry":
        return []
    return [WebhookRetried(timestamp=at, **_identity(webhook))]


def decide_processed(webhook: Webhook, at: datetime) -> list[DomainEvent]:
    if webhook.state in ("received", "processed"):
        return []
    return [WebhookProcessed(timestamp=at, **_identity(webhook))]


def _identity(webhook: Webhook) -> dict[str, Any]:
    received = webhook.received
    return {
        "gateway": received.gateway,
        "webhook_id": received.webhook_id,
        "workspace_id": received.workspace_id,
    }
