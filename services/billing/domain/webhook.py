"""A verified notification of a gateway: a fact of its own, whatever comes of it."""

from __future__ import annotations

from datetime import datetime
from functools import singledispatchmethod
from typing import ClassVar

from kernel.aggregate import Aggregate
from kernel.events import DomainEvent
from services.billing.domain.account_events import WebhookReceived


def webhook_stream(gateway: str, webhook_id: str) -> str:
    return f"webhook:{gateway}:{webhook_id}"


class Webhook(Aggregate):
    TOPIC: ClassVar[str] = "billing.Webhook"
    received: WebhookReceived

    @classmethod
    def receive(
        cls, gateway: str, webhook_id: str, webhook_type: str, refs: dict[str, str], at: datetime
    ) -> Webhook:
        """`refs` are the gateway's references, empty where it names none."""
        return cls._create(
            WebhookReceived,
            id=webhook_stream(gateway, webhook_id),
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

    @singledispatchmethod
    def apply(self, event: DomainEvent) -> None:
        super().apply(event)

    @apply.register
    def _(self, event: WebhookReceived) -> None:
        self.received = event
