"""A read model: tables that are built from events only, and can be dropped and built again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kernel.clock import Clock
from runtime.eventstore.vault import Vault
from runtime.feed.consumer import Consumer
from runtime.feed.positions import Positions
from runtime.postgres.database import Cursor, Database
from runtime.postgres.migrations import Migrations
from runtime.readmodels.read_your_writes import caught_up
from runtime.readmodels.waiting import Waiting
from runtime.web.auth import Access


@dataclass(frozen=True, slots=True)
class ReadModel:
    """`folder` holds its `migrations`, which name tables without a schema, so that the same files
    build the live tables and, under another search path, their shadows.

    `handle(cursor, events)` writes only through the cursor, has no other effect and reads no
    clock: a replay from position 0 gives the same rows, but for the columns in `varying` (by
    table), which a comparison leaves out.
    """

    name: str
    services: Sequence[str]
    folder: Path
    handle: Callable[[Cursor, Sequence[Any]], None]
    varying: Mapping[str, Collection[str]] = field(default_factory=dict)

    @property
    def tables(self) -> Migrations:
        return Migrations(self.name, self.folder / "migrations")

    def consumer(self) -> Consumer[Any]:
        return Consumer(self.name, self.services, self.handle)


@dataclass(frozen=True, slots=True)
class ReadSide:
    """What the query API of a read model is built from."""

    database: Database
    positions: Positions
    access: Access
    vault: Vault
    clock: Clock
    waiting: Waiting

    def caught_up(self, model: ReadModel) -> Any:
        """A dependency: `?after=` waits until the read model has applied that event."""
        return caught_up(self.access, self.waiting, model.name, model.services)
