"""A read model built a second time, from position 0, under another schema of its database."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Self

from psycopg.sql import SQL, Identifier

from runtime.feed.feed import Event, Position, Publisher
from runtime.feed.positions import Positions
from runtime.feed.set_aside import SetAside
from runtime.postgres.database import Cursor, Database
from runtime.process.leadership import Leadership
from runtime.readmodels.definition import ReadModel

# Read models that count write a row a group and batch: large batches write less.
BATCH_SIZE = 25_000
# Events have no cycles, and looking for them in a batch takes as long as making it.
COLLECT_EVERY = 1_000_000
Progress = Callable[[int, int], None]
Chosen = Callable[[Event], bool]


class AlreadyReplaying(Exception):
    """Another process replays the same read model."""


class ReplayFailed(Exception):
    """An event that the read model can't apply; nothing live was touched."""


def everything(_: Event) -> bool:
    return True


def unseen(done: int, total: int) -> None:
    """Progress that nobody watches."""


@contextmanager
def _rare_collections() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(COLLECT_EVERY, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


class Shadow:
    """Used as a context: the schema is made empty on entry and dropped on exit, unless its tables
    were moved away. One at a time for each read model. With `aside` a replay goes on around what
    can't be applied, else it raises ReplayFailed."""

    def __init__(
        self,
        model: ReadModel,
        positions: Positions,
        publishers: Mapping[str, Publisher[Any]],
        aside: SetAside[Any] | None = None,
    ) -> None:
        self.model = model
        self.aside = aside
        self.positions = positions
        self.database: Database = positions.database
        self.live = self.database.schema
        self.schema = f"{self.live}_{model.name}_shadow"
        self.at = dict.fromkeys(model.services, Position())
        self._publishers = publishers
        self._leadership = Leadership(self.database.url, self.schema)

    def __enter__(self) -> Self:
        if not self._leadership.hold():
            raise AlreadyReplaying(f"{self.model.name} is being replayed by another process")
        self._drop()
        with self.database.migration() as cursor:
            cursor.execute(SQL("CREATE SCHEMA {}").format(Identifier(self.schema)))
            self.enter(cursor)
            cursor.execute(self.model.tables.sql.encode())
        return self

    def __exit__(self, *_: object) -> None:
        self._drop()
        self._leadership.release()

    def _drop(self) -> None:
        with self.database.migration() as cursor:
            cursor.execute(SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(Identifier(self.schema)))

    def enter(self, cursor: Cursor) -> None:
        """From here to the end of the transaction, unqualified names mean the shadow, and whatever
        is done takes its time."""
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SELECT set_config('search_path', %s, true)", (f"{self.schema},pg_catalog",))

    def leave(self, cursor: Cursor) -> None:
        cursor.execute("SELECT set_config('search_path', %s, true)", (f"{self.live},pg_catalog",))

    @contextmanager
    def writing(self) -> Iterator[Cursor]:
        """A shadow that is lost in a crash is made again, so its commits need not be waited for."""
        with self.database.transaction(commit=True) as cursor:
            cursor.execute("SET LOCAL synchronous_commit = off")
            self.enter(cursor)
            yield cursor

    @property
    def reached(self) -> dict[str, int]:
        return {service: position.sequence for service, position in self.at.items()}

    def heads(self) -> dict[str, int]:
        return {name: self._publishers[name].store.head() for name in self.model.services}

    def replay(
        self,
        upto: Mapping[str, int],
        progress: Progress = unseen,
        chosen: Chosen = everything,
    ) -> int:
        """Applies every event up to those positions, in batches; returns how many there were."""
        done, total = 0, sum(upto.values()) - sum(self.reached.values())
        with _rare_collections():
            for service, until in upto.items():
                for events in self._read(service, until):
                    with self.writing() as cursor:
                        self._apply(cursor, events, chosen)
                    done += len(events)
                    progress(min(done, total), total)
        progress(total, total)
        return done

    def replay_within(
        self, cursor: Cursor, upto: Mapping[str, int], chosen: Chosen = everything
    ) -> int:
        """The same in the caller's transaction, for a short rest."""
        done = 0
        for service, until in upto.items():
            for events in self._read(service, until):
                self._apply(cursor, events, chosen)
                done += len(events)
        return done

    def _read(self, service: str, until: int) -> Iterator[list[Any]]:
        """Batches. Reads one ahead, while the database applies the one before."""
        with ThreadPoolExecutor(1) as ahead:
            after = self.at[service].sequence
            coming = ahead.submit(self._read_one, service, after, until)
            while events := coming.result():
                after = events[-1].sequence
                coming = ahead.submit(self._read_one, service, after, until)
                yield events

    def _read_one(self, service: str, after: int, until: int) -> list[Any]:
        if after >= until:
            return []
        publisher = self._publishers[service]
        recorded = publisher.store.read(after, BATCH_SIZE)
        return [
            publisher.publish(publisher.store, event)
            for event in recorded
            if event.sequence <= until
        ]

    def _apply(self, cursor: Cursor, batch: list[Any], chosen: Chosen) -> None:
        last, events = batch[-1], [event for event in batch if chosen(event)]
        try:
            if events and self.aside is not None:
                self.aside.apply(cursor, self.model.handle, events)
            elif events:
                self.model.handle(cursor, events)
        except Exception as error:
            names = f"{last.service}:{events[0].sequence} to {last.service}:{last.sequence}"
            raise ReplayFailed(
                f"{self.model.name} can't apply {names}: {type(error).__name__}: {error}"
            ) from error
        self.at[last.service] = Position(last.sequence, recorded_at=last.recorded_at)

    def relations(self, cursor: Cursor, *kinds: str) -> list[str]:
        """Names in the shadow schema, of these `pg_class.relkind`s."""
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace "
            "AND relkind = ANY(%s) ORDER BY relname",
            (self.schema, list(kinds)),
        )
        return [row["relname"] for row in cursor.fetchall()]
