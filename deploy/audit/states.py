"""The state of an aggregate after each event of its stream."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from eventsourcing.domain import CanInitAggregate

from projections.audit_trail.auditing import StreamState
from runtime.eventstore.store import EventStore, RecordedEvent

STREAM = """
SELECT notification_id, originator_id::text, originator_version, topic, state, recorded_at
FROM {table} WHERE originator_id = %s ORDER BY originator_version
"""


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
    rows = store.database.rows(STREAM.format(table=store.table), (stream,))
    return [RecordedEvent(*row.values()) for row in rows]


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _replayed(store: EventStore, recorded: Sequence[RecordedEvent]) -> list[StreamState]:
    aggregate: Any = None
    states = []
    for each in recorded:
        event: Any = store.decode(each)
        if aggregate is not None or isinstance(event, CanInitAggregate):
            aggregate = event.mutate(aggregate)
        states.append(StreamState(store.service, each.sequence, each.version, _shown(aggregate)))
    return states


def _shown(aggregate: Any) -> Mapping[str, Any] | None:
    """Its attributes as JSON; what is sealed stays sealed."""
    if aggregate is None:
        return None
    facts = {name: value for name, value in vars(aggregate).items() if not name.startswith("_")}
    shown: Mapping[str, Any] = msgspec.to_builtins(facts, str_keys=True, enc_hook=str)
    return shown
