"""Notifications in the published language."""

from __future__ import annotations

from collections.abc import Mapping

from contracts import billing as contract
from contracts.envelope import EventData
from kernel.events import DomainEvent
from services.billing.domain import webhook
from services.billing.published.plain import Convert


def _same(kind: type[EventData]) -> Convert:
    """Stored under the names that it is published under."""
    names = list(kind.model_fields)

    def convert(event: DomainEvent) -> EventData:
        return kind(**{name: getattr(event, name) for name in names})

    return convert


CONTRACTS: Mapping[type[DomainEvent], Convert] = {
    webhook.WebhookReceived: _same(contract.WebhookReceived),
    webhook.WebhookPutOff: _same(contract.WebhookPutOff),
    webhook.WebhookParked: _same(contract.WebhookParked),
    webhook.WebhookRetried: _same(contract.WebhookRetried),
    webhook.WebhookProcessed: _same(contract.WebhookProcessed),
}
