"""Time as an argument: who needs the present is given a `Clock`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_clock() -> datetime:
    """The present, timezone-aware UTC. Given to services by the composition root only."""
    return datetime.now(UTC)


def as_utc(instant: datetime) -> datetime:
    """The same moment in UTC. A naive time is refused with ValueError: it names no moment."""
    if instant.tzinfo is None:
        raise ValueError("a time needs its zone")
    return instant.astimezone(UTC)


def rfc3339(instant: datetime) -> str:
    """`2026-11-22T10:00:00Z`, with microseconds only where there are any."""
    return as_utc(instant).isoformat().replace("+00:00", "Z")
