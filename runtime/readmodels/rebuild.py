"""A read model built again from the event stores while the old one goes on answering."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
import structlog
from eventsourcing.persistence import OperationalError
from psycopg.sql import SQL, Composed, Identifier

from runtime.feed.feed import Log, Position, Publisher
from runtime.feed.message import Codec
from runtime.feed.positions import Positions
from runtime.feed.set_aside import SetAside
from runtime.postgres.database import Cursor
from runtime.readmodels.definition import ReadModel
from runtime.readmodels.shadow import Progress, Shadow, unseen

log = structlog.get_logger()

# How much may be left to replay in the transaction that swaps, while followers wait for it.
REST = 2_000
SWAP_ATTEMPTS = 30
LOCK_TIMEOUT = "2s"


@dataclass(frozen=True, slots=True)
class Rebuilt:
    model: str
    events: int
    seconds: float
    positions: Mapping[str, int]
    parked: int = 0


def rebuild(
    model: ReadModel,
    positions: Positions,
    publishers: Mapping[str, Publisher[Any]],
    progress: Progress = unseen,
    codec: Codec[Any] | None = None,
) -> Rebuilt:
    """Replays into shadow tables, catches up, then puts them in the place of the live ones in one
    transaction together with the position. Parked events of the read model are applied that way
    and forgotten; with a `codec` those that still can't be are parked again, with what follows of
    their keys. Raises ReplayFailed or AlreadyReplaying, and then nothing has changed.

    The consumer's followers may run: their next compare-and-set fails and they go on from the new
    position. Readers wait for the swap itself, which takes milliseconds.
    """
    started = time.monotonic()
    aside = SetAside(codec) if codec else None
    with Shadow(model, positions, publishers, aside) as shadow:
        events = shadow.replay(shadow.heads(), progress)
        while _behind(shadow) > REST:
            events += shadow.replay(shadow.heads())
        events += _swap_patiently(shadow)
        reached, parked = dict(shadow.reached), len(shadow.aside.events) if shadow.aside else 0
    return Rebuilt(model.name, events, time.monotonic() - started, reached, parked)


def _behind(shadow: Shadow) -> int:
    return sum(shadow.heads().values()) - sum(shadow.reached.values())


def _swap_patiently(shadow: Shadow) -> int:
    """A long query holds up the swap, and a waiting swap would hold up all other readers: so it
    waits only shortly, lets them through and tries again."""
    for attempt in range(SWAP_ATTEMPTS):
        at, aside = dict(shadow.at), shadow.aside.copy() if shadow.aside else None
        try:
            return _swap(shadow)
        except OperationalError as error:
            shadow.at, shadow.aside = at, aside
            if not isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
                raise
            log.info("swap_waits", model=shadow.model.name, attempt=attempt)
            time.sleep(0.5)
    raise TimeoutError(f"{shadow.model.name} is always being read: the swap found no moment")


def _swap(shadow: Shadow) -> int:
    name = shadow.model.name
    with shadow.database.transaction(commit=True) as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'".encode())
        live = shadow.positions.lock(cursor, name)
        shadow.enter(cursor)
        events = shadow.replay_within(cursor, _no_less(shadow.reached, live))
        for statement in _moves(shadow, cursor):
            cursor.execute(statement)
        shadow.leave(cursor)
        shadow.positions.put(cursor, name, shadow.at)
        cursor.execute("DELETE FROM parked_events WHERE consumer = %s", (name,))
        if shadow.aside is not None:
            shadow.aside.park(cursor, name)
    return events


def _no_less(reached: Mapping[str, int], live: Mapping[Log, Position]) -> dict[str, int]:
    """What the live tables have seen, the new ones must have seen too."""
    upto = dict(reached)
    for log_, position in live.items():
        if log_.service in upto:
            upto[log_.service] = max(upto[log_.service], position.sequence)
    return upto


def _moves(shadow: Shadow, cursor: Cursor) -> list[Composed]:
    """Sequences, indexes and constraints move with their tables. Whatever else depends on the old
    tables makes the swap fail instead of disappearing with them."""
    views, tables = shadow.relations(cursor, "v"), shadow.relations(cursor, "r", "p")
    moves = [*_drop("VIEW", shadow.live, views), *_drop("TABLE", shadow.live, tables)]
    for relation in [*tables, *views]:
        new = Identifier(shadow.schema, relation)
        moves.append(SQL("ALTER TABLE {} SET SCHEMA {}").format(new, Identifier(shadow.live)))
    return moves


def _drop(kind: LiteralString, schema: str, names: Sequence[str]) -> list[Composed]:
    listed = SQL(", ").join(Identifier(schema, name) for name in names)
    return [SQL("DROP {} IF EXISTS {}").format(SQL(kind), listed)] if names else []
