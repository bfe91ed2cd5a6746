"""The form in which an event travels through a broker, and who turns one into the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from runtime.feed.feed import Event

E = TypeVar("E", bound=Event)
Headers = Sequence[tuple[str, bytes]]


class Message(Protocol):
    """`key` orders: equal keys share a partition. A watermark has no key."""

    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes: ...
    @property
    def headers(self) -> Headers: ...


class Codec(Protocol[E]):
    """Given by the composition root, because the machinery does not know the published language."""

    def encode(self, event: E) -> Message: ...

    def decode(self, key: bytes | None, value: bytes | None, headers: Headers) -> E:
        """Raises ValueError when that is no event of the published language."""
        ...

    def watermark(self, service: str, sequence: int) -> Message:
        """Says that every event of `service` up to `sequence` that belongs to a partition lies
        before this message in that partition."""
        ...

    def is_watermark(self, event: E) -> bool: ...


@dataclass(frozen=True, slots=True)
class Malformed:
    """What stood in a log where an event was expected. It is parked, never applied."""

    service: str
    sequence: int
    type: str
    key: str
    recorded_at: datetime
    value: bytes
    headers: Headers
    error: str
    traceparent: str = ""


@dataclass(frozen=True, slots=True)
class RawMessage:
    key: bytes | None
    value: bytes
    headers: Headers
