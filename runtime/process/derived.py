"""Tables beside a service's events that could be made again from a log: compared with it, and put
right where they differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from runtime.eventstore.recorder import RecordedEvent
from runtime.feed.feed import Log, Position, Publisher
from runtime.feed.positions import Positions
from runtime.postgres.database import Cursor, Database
from runtime.process.rows import SHOWN, Drift, Rows, Table, Values, drift_of, mend, read_rows

__all__ = ["SHOWN", "Derived", "DerivedTables", "Drift", "Fold", "Rows", "Table", "Values"]
BATCH_SIZE = 25_000
LOOKS = 3
FORGET_PARKED = b"DELETE FROM parked_events WHERE consumer = %s AND service = %s"
Publishers = Mapping[str, Publisher[Any]]


class Fold(Protocol):
    """What a log makes of the tables, in memory."""

    def apply(self, events: Sequence[RecordedEvent]) -> None: ...

    def rows(self) -> Mapping[str, Rows]:
        """By table: facts by key, in the order they came."""
        ...


class Derived(Protocol):
    """`tables` are all that it stands for; `log` is the service from whose log they are made, and
    `consumer` who keeps them, where that is not their own service within its commits."""

    @property
    def name(self) -> str: ...
    @property
    def tables(self) -> Sequence[str]: ...
    @property
    def log(self) -> str: ...
    @property
    def consumer(self) -> str: ...

    def compare(self, publishers: Publishers) -> Sequence[Drift]: ...

    def repair(self, publishers: Publishers, *, rewind: bool = False) -> int:
        """Puts right what differs; returns how many rows did. `rewind`: the consumer goes on from
        the end of its log, whatever it had applied of another one."""
        ...


@dataclass(frozen=True)
class DerivedTables:
    """Without `consumer` the tables change within the commits of their own log. `log_first`: those
    lock the log before the tables. `mended` runs in the transaction that changed rows."""

    name: str
    log: str
    listed: Sequence[Table]
    fold: Callable[[Publisher[Any]], Fold]
    positions: Positions
    consumer: str = ""
    log_first: bool = False
    mended: Callable[[Cursor], object] = lambda _: None

    @property
    def tables(self) -> Sequence[str]:
        return [table.name for table in self.listed]

    @property
    def database(self) -> Database:
        return self.positions.database

    def compare(self, publishers: Publishers) -> Sequence[Drift]:
        """Once more where it was written to meanwhile by several at once."""
        for _ in range(LOOKS):
            upto, stored = self._snapshot(publishers[self.log])
            replay = _Replay(publishers[self.log], self.fold)
            replay.upto(upto)
            drift = [
                each
                for table in self.listed
                for each in drift_of(table.name, replay.fold.rows()[table.name], stored[table.name])
            ]
            if not drift or upto == self._snapshot(publishers[self.log])[0]:
                break
        return drift

    def _snapshot(self, publisher: Publisher[Any]) -> tuple[int, Mapping[str, Rows]]:
        with self.database.transaction(commit=False) as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            self.database.take_time(cursor)
            return self._upto(cursor, publisher), self._stored(cursor)

    def _upto(self, cursor: Cursor, publisher: Publisher[Any]) -> int:
        if self.consumer:
            live = self.positions.all_within(cursor, self.consumer)
            return max(
                (at.sequence for log, at in live.items() if log.service == self.log), default=0
            )
        head = f"SELECT coalesce(max(notification_id), 0) AS head FROM {publisher.store.table}"
        return int(cursor.execute(head.encode()).fetchall()[0]["head"])

    def _stored(self, cursor: Cursor) -> dict[str, Rows]:
        return {table.name: read_rows(cursor, table) for table in self.listed}

    def repair(self, publishers: Publishers, *, rewind: bool = False) -> int:
        publisher = publishers[self.log]
        replay = _Replay(publisher, self.fold)
        replay.upto(publisher.store.head() if rewind or not self.consumer else self._reached())
        with self.database.transaction(commit=True) as cursor:
            self.database.take_time(cursor)
            self._lock(cursor, publisher)
            replay.upto(publisher.store.head() if rewind else self._upto(cursor, publisher))
            stored, expected = self._stored(cursor), replay.fold.rows()
            changed = sum(
                mend(cursor, table, expected[table.name], stored[table.name])
                for table in self.listed
            )
            if changed:
                self.mended(cursor)
            if rewind and self.consumer:
                self.positions.put(cursor, self.consumer, {self.log: replay.reached})
                cursor.execute(FORGET_PARKED, (self.consumer, self.log))
        return changed

    def _reached(self) -> int:
        return self.positions.of(self.consumer, Log(self.log)).sequence

    def _lock(self, cursor: Cursor, publisher: Publisher[Any]) -> None:
        """In the order in which commits lock, so that none meets another one half way."""
        if self.consumer:
            self.positions.lock(cursor, self.consumer)
        tables = [(table.name, "SHARE ROW EXCLUSIVE") for table in self.listed]
        if not self.consumer:
            log = (publisher.store.table, "EXCLUSIVE")
            tables = [log, *tables] if self.log_first else [*tables, log]
        for name, mode in tables:
            cursor.execute(f"LOCK TABLE {name} IN {mode} MODE".encode())


class _Replay:
    def __init__(self, publisher: Publisher[Any], fold: Callable[[Publisher[Any]], Fold]) -> None:
        self.fold = fold(publisher)
        self.reached = Position()
        self._store = publisher.store

    def upto(self, sequence: int) -> None:
        while self.reached.sequence < sequence:
            read = self._store.read(self.reached.sequence, BATCH_SIZE)
            events = [event for event in read if event.sequence <= sequence]
            if not events:
                return
            self.fold.apply(events)
            last = events[-1]
            self.reached = Position(last.sequence, recorded_at=last.recorded_at)
