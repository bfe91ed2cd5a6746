"""Ordered logs, and places in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Log:
    """One ordered sequence: a service's log, or one partition of its topic."""

    service: str
    partition: int = 0


@dataclass(frozen=True, slots=True)
class Position:
    """`sequence` of the last event dealt with; `offset` is where a broker continues.
    `recorded_at`: when that event was recorded, None where that is not known. In a history that was
    cut and went on otherwise, another event stands at the same sequence."""

    sequence: int = 0
    offset: int = 0
    recorded_at: datetime | None = field(default=None, compare=False)
