"""What a part of the system (a service, or the read models) hands to the process it runs in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter

from runtime.eventstore.store import EventStore
from runtime.feed.consumer import Consumer
from runtime.feed.feed import Event
from runtime.feed.positions import Positions
from runtime.postgres.migrations import Schema
from runtime.process.derived import Derived
from runtime.process.worker import Worker


@dataclass(frozen=True)
class Service:
    """`consumers` follow the feed with `positions` in the part's own database. `running` holds
    what needs the event loop (opened before the first request, closed after the last).
    `derived` are tables of the part that could be made again from logs.
    `ready` adds lines to /readyz: a name and what is wrong with it, or None. `seed` makes the
    catalogue that every installation begins with, and is idempotent."""

    name: str
    routers: Sequence[APIRouter]
    schema: Schema
    positions: Positions
    consumers: Sequence[Consumer[Any]] = ()
    workers: Sequence[Worker] = ()
    store: EventStore | None = None
    publish: Callable[..., Event] | None = None
    running: Callable[[], AbstractAsyncContextManager[None]] | None = None
    derived: Sequence[Derived] = ()
    ready: Callable[[], dict[str, str | None]] = field(default=dict)
    seed: Callable[[], None] | None = None
    close: Callable[[], None] = lambda: None
