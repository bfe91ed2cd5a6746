"""Builds the envelope of a stored event. Knows the stored side only by its shape."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from contracts.envelope import Envelope, EventData


class Recorded(Protocol):
    """A row of an event store."""

    @property
    def sequence(self) -> int: ...
    @property
    def stream(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def recorded_at(self) -> datetime: ...
    @property
    def digest(self) -> str: ...


class Caused(Protocol):
    @property
    def actor(self) -> str: ...
    @property
    def correlation_id(self) -> str: ...
    @property
    def causation_id(self) -> str: ...
    @property
    def traceparent(self) -> str: ...


def envelope(
    service: str,
    recorded: Recorded,
    happened_at: datetime,
    cause: Caused,
    data: EventData,
    *,
    workspace: str = "",
    key: str = "",
) -> Envelope:
    """`key` orders and defaults to the workspace; catalogue events give their slug. Skips
    validation, because a stored event is decoded by its own types already."""
    return Envelope.trusted(
        {
            "service": service,
            "sequence": recorded.sequence,
            "type": data.TYPE,
            "key": key or workspace,
            "subject": workspace,
            "time": happened_at,
            "recorded_at": recorded.recorded_at,
            "stream": recorded.stream,
            "version": recorded.version,
            "actor": cause.actor,
            "correlation_id": cause.correlation_id,
            "causation_id": cause.causation_id,
            "digest": recorded.digest,
            "data": data,
            "traceparent": cause.traceparent,
        }
    )
