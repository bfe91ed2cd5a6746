"""Who reads a feed: a read model, or the policies of a service."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from runtime.feed.feed import Event
from runtime.postgres.database import Cursor

E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True)
class Consumer(Generic[E]):
    """`handle(cursor, events)` writes through the cursor only what belongs to the position's
    database; it commits with the position or not at all. It may see an event again when it also
    has effects elsewhere (policies), so those must be idempotent. `only` are topics of stored
    events that it needs, none for all: of a log that is read directly no others are read."""

    name: str
    services: Sequence[str]
    handle: Callable[[Cursor, Sequence[E]], None]
    only: Sequence[str] = ()
