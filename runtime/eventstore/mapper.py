"""Domain events in their stored form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import msgspec
from eventsourcing.persistence import Mapper, StoredEvent
from eventsourcing.utils import get_topic, resolve_topic

from kernel.cause import Cause
from kernel.decoding import ready
from kernel.events import DomainEvent, is_left_out


def stored_cause(cause: Cause) -> dict[str, str]:
    """A trace is stored where there is one: without, an event is the same as ever."""
    traced = {"traceparent": cause.traceparent} if cause.traceparent else {}
    return {
        "actor": cause.actor,
        "correlation_id": cause.correlation_id,
        "causation_id": cause.causation_id,
        **traced,
    }


def leave_out(record: Any, state: Any) -> None:
    """Takes the fields that were `added` and have their default out of the built-in form."""
    if is_dataclass(record):
        for each in fields(record):
            value = getattr(record, each.name)
            if is_left_out(each, value):
                state.pop(each.name, None)
            else:
                leave_out(value, state.get(each.name))
    elif isinstance(record, tuple | list):
        for value, form in zip(record, state, strict=True):
            leave_out(value, form)
    elif isinstance(record, Mapping):
        for value, form in zip(record.values(), state.values(), strict=True):
            leave_out(value, form)


class JsonMapper(Mapper[str]):
    """Stores events as plain JSON and decodes them by the types of their fields."""

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        state: dict[str, Any] = msgspec.to_builtins(domain_event)
        leave_out(domain_event, state)
        stream, version = state.pop("originator_id"), state.pop("originator_version")
        state["cause"] = stored_cause(domain_event.cause)
        if domain_event.class_version > 1:
            state["class_version"] = domain_event.class_version
        return StoredEvent(
            stream, version, get_topic(type(domain_event)), msgspec.json.encode(state)
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        event_class: type[DomainEvent] = resolve_topic(stored_event.topic)
        state: dict[str, Any] = msgspec.json.decode(stored_event.state)
        for version in range(state.pop("class_version", 1), event_class.class_version):
            getattr(event_class, f"upcast_v{version}_v{version + 1}")(state)
        state["originator_id"] = str(stored_event.originator_id)
        state["originator_version"] = stored_event.originator_version
        return msgspec.convert(state, ready(event_class))
