"""What a stored event says in the published language, without the store that it came from."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, cast

from eventsourcing.persistence import JSONTranscoder, StoredEvent

from contracts.envelope import Envelope
from deploy.audit.bundle import encode
from kernel.events import DomainEvent
from projections.audit_trail.projector import COLUMNS, entry
from runtime.eventstore.mapper import JsonMapper
from runtime.eventstore.recorder import RecordedEvent
from runtime.eventstore.store import EventStore
from services.addons.published import publish as publish_addons
from services.billing.published import publish as publish_billing
from services.metering.published import publish as publish_metering

PUBLISHED = (
    "type",
    "workspace",
    "key",
    "actor",
    "correlation_id",
    "causation_id",
    "occurred_at",
    "data",
)
PUBLISH: Mapping[str, Callable[[EventStore, RecordedEvent], Envelope]] = {
    "billing": publish_billing,
    "metering": publish_metering,
    "addons": publish_addons,
}


@cache
def topics() -> frozenset[str]:
    """Of all stored events, which the services' modules have defined by now."""
    found: set[str] = set()
    kinds = [DomainEvent]
    while kinds:
        kind = kinds.pop()
        found |= {kind.__dict__["TOPIC"]} if "TOPIC" in kind.__dict__ else set()
        kinds += kind.__subclasses__()
    return frozenset(found)


class Reader:
    """Decodes stored events as an event store does, but only those that our services know: the
    library would import whatever module a topic names."""

    def __init__(self, service: str) -> None:
        self.service = service
        self._mapper = JsonMapper(JSONTranscoder())

    def decode(self, event: RecordedEvent) -> DomainEvent:
        if event.topic not in topics():
            raise ValueError(f"{event.topic!r} is no event of ours")
        stored = StoredEvent(event.stream, event.version, event.topic, event.state)
        return cast(DomainEvent, self._mapper.to_domain_event(stored))


def published_of(service: str, event: RecordedEvent) -> dict[str, Any]:
    """As a line of a bundle has it."""
    reader = cast(EventStore, Reader(service))
    row = dict(zip(COLUMNS, entry(PUBLISH[service](reader, event)), strict=True))
    row["data"] = json.loads(row["data"])
    line: dict[str, Any] = json.loads(encode({name: row[name] for name in PUBLISHED}))
    return line
