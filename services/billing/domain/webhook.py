"""A verified notification of a gateway: a fact of its own, whatever comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from kernel.decider import Decider
from kernel.events import CreatedEvent, DomainEvent


def webhook_stream(gateway: str, webhook_id: str) -> str:
    return f"webhook:{gateway}:{webhook_id}"


@dataclass(frozen=True, kw_only=True)
class WebhookReceived(CreatedEvent):
    """Stream `webhook:<gateway>:<webhook id>`. References are the gateway's, empty where it names
    none."""

    TOPIC: ClassVar[str] = "billing.WebhookReceived"
    gateway: str
    webhook_id: str
    webhook_type: str
    workspace_id: str
    subscription_ref: str
    checkout_ref: str
    charge_ref: str
    customer_ref: str


@dataclass(frozen=True)
class Webhook:
    received: WebhookReceived


def evolve(webhook: Webhook | None, event: DomainEvent) -> Webhook:
    if webhook is not None or not isinstance(event, WebhookReceived):
        raise TypeError(f"a webhook is received once, and never {type(event).__name__}")
    return Webhook(event)


WEBHOOK = Decider("billing.Webhook", evolve)


def decide_receive_webhook(
    gateway: str, webhook_id: str, webhook_type: str, refs: Mapping[str, str], at: datetime
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
        )
    ]
