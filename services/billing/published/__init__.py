"""Stored events in the published language: one envelope for every stored event."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.envelope import Envelope
from contracts.publishing import envelope
from kernel.events import DomainEvent
from runtime.eventstore.recorder import RecordedEvent
from runtime.eventstore.store import EventStore
from services.billing.published import (
    accounts,
    discounts,
    erasures,
    invoices,
    plan_migrations,
    plans,
    webhooks,
)
from services.billing.published.plain import Convert

# By stored class; each module lists its own.
CONTRACTS: Mapping[type[DomainEvent], Convert] = {
    **plans.CONTRACTS,
    **plan_migrations.CONTRACTS,
    **discounts.CONTRACTS,
    **erasures.CONTRACTS,
    **accounts.CONTRACTS,
    **invoices.CONTRACTS,
    **webhooks.CONTRACTS,
}


def publish(store: EventStore, recorded: RecordedEvent) -> Envelope:
    """Ordered by workspace; the catalogues' own events by slug or code."""
    event = store.decode(recorded)
    body = CONTRACTS[type(event)](event)
    workspace = str(getattr(body, "workspace_id", ""))
    return envelope(
        store.service,
        recorded,
        event.timestamp,
        event.cause,
        body,
        workspace=workspace,
        key=workspace or str(getattr(body, "slug", "") or getattr(body, "code", "")),
    )
