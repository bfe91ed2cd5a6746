"""Stored events in the published language: one envelope for every stored event."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from contracts.envelope import Envelope, EventData
from contracts.publishing import envelope
from kernel.aggregate import DomainEvent
from runtime.event_store import EventStore, RecordedEvent
from services.billing.published import accounts, erasures, plans

# By stored class; each half lists its own in a module of this package.
CONTRACTS: Mapping[type[DomainEvent], Callable[[Any], EventData]] = {
    **plans.CONTRACTS,
    **erasures.CONTRACTS,
    **accounts.CONTRACTS,
}


def publish(store: EventStore, recorded: RecordedEvent) -> Envelope:
    """Ordered by workspace; the catalogue's own events by slug."""
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
        key=workspace or str(getattr(body, "slug", "")),
    )
