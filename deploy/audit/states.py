"""The state of an aggregate after each event of its stream."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from eventsourcing.utils import resolve_topic

from kernel.decider import Decider
from kernel.events import CreatedEvent
from projections.audit_trail.auditing import StreamState
from runtime.eventstore.recorder import RecordedEvent
from runtime.eventstore.store import EventStore


def stream_states(stores: Mapping[str, EventStore], stream: str) -> Sequence[StreamState]:
    """Empty when no service has the stream."""
    for store in stores.values():
        recorded = _events_of(store, stream)
        if recorded:
            return _replayed(store, recorded)
    return []


def _events_of(store: EventStore, stream: str) -> list[RecordedEvent]:
    if store.database.originator_id_type == "uuid" and not _is_uuid(stream):
        return []
    return store.of_stream(stream)


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _replayed(store: EventStore, recorded: Sequence[RecordedEvent]) -> list[StreamState]:
    events = [store.decode(each) for each in recorded]
    return [
        StreamState(store.service, each.sequence, each.version, _shown(state))
        for each, state in zip(recorded, _states(events), strict=True)
    ]


def _states(events: Sequence[Any]) -> Iterator[Any]:
    """None after events of a stream that has no state."""
    first = events[0]
    if not isinstance(first, CreatedEvent):
        yield from (None for _ in events)
        return
    decider: Decider[Any] = resolve_topic(first.originator_topic)
    state: Any = None
    for event in events:
        state = decider.evolve(state, event)
        yield state


def _shown(state: Any) -> Mapping[str, Any] | None:
    """Its attributes as JSON; what is sealed stays sealed."""
    shown: Mapping[str, Any] | None = msgspec.to_builtins(state, str_keys=True, enc_hook=str)
    return shown
