"""Whether a log still is the one that a consumer has followed: a restored database, or a replica
that lacked the last commits, uses sequences again for other events."""

from __future__ import annotations

from dataclasses import dataclass

from runtime.eventstore.store import EventStore
from runtime.feed.logs import Position


@dataclass(frozen=True, slots=True)
class Fork:
    """`consumer` has applied up to `sequence`, where its log, which ends at `head`, has no event,
    or one that was recorded at another time."""

    consumer: str
    service: str
    sequence: int
    head: int

    def __str__(self) -> str:
        has = (
            "another event there" if self.sequence <= self.head else f"no event behind {self.head}"
        )
        return f"{self.consumer} has applied {self.service}:{self.sequence}, and its log has {has}"


class LogForked(Exception):
    """Nothing may be skipped, and nothing applied, until the consumer went back: `billing heal`."""

    def __init__(self, fork: Fork) -> None:
        super().__init__(f"{fork}: run `billing heal`")
        self.fork = fork


def fork_at(store: EventStore, consumer: str, position: Position) -> Fork | None:
    """None where the log has the event that the consumer applied last."""
    if not position.sequence:
        return None
    found = store.recorded_at(position.sequence)
    if found is not None and position.recorded_at in (None, found):
        return None
    head = store.head()
    if found is None and position.recorded_at is None and position.sequence <= head:
        return None
    return Fork(consumer, store.service, position.sequence, head)


def check_history(store: EventStore, consumer: str, position: Position) -> None:
    """Raises LogForked."""
    fork = fork_at(store, consumer, position)
    if fork is not None:
        raise LogForked(fork)
