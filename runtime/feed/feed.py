"""How facts leave a service: contract events in the order of their log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from runtime.eventstore.recorder import RecordedEvent
from runtime.eventstore.store import EventStore
from runtime.feed.history import check_history
from runtime.feed.logs import Log, Position
from runtime.feed.wakeup import Wakeup

__all__ = [
    "Batch",
    "Event",
    "EventStoreFeed",
    "Feed",
    "Log",
    "Position",
    "Publisher",
    "Step",
    "Subscription",
    "Wakeup",
]


class Event(Protocol):
    """What the machinery needs to know of a contract event."""

    @property
    def service(self) -> str: ...
    @property
    def sequence(self) -> int: ...
    @property
    def type(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def recorded_at(self) -> datetime: ...
    @property
    def traceparent(self) -> str: ...


E = TypeVar("E", bound=Event)
E_co = TypeVar("E_co", bound=Event, covariant=True)


@dataclass(frozen=True, slots=True)
class Step:
    """One log's part of a batch."""

    log: Log
    before: Position
    after: Position


@dataclass(frozen=True, slots=True)
class Batch(Generic[E_co]):
    """`events` lie between `before` and `after` of their log's step, in the order of that log.

    A step without events moves a position all the same. `origins` says for each event where a
    broker keeps it (partition, offset), and is empty when none does.
    """

    steps: Sequence[Step]
    events: Sequence[E_co]
    origins: Sequence[tuple[int, int]] = ()


class Subscription(Protocol[E_co]):
    """One consumer's reading. Not for several threads at once."""

    def next_batch(self, timeout: float) -> Batch[E_co] | None:
        """The next events of one or more logs, or None when there are none within `timeout`
        seconds."""
        ...

    def rewind(self, log: Log, position: Position) -> None:
        """Go on behind `position`: the stored one differs from ours, or applying failed."""
        ...

    def close(self) -> None: ...


class Feed(Protocol[E_co]):
    def subscribe(
        self,
        consumer: str,
        services: Sequence[str],
        position_of: Callable[[Log], Position],
        batch_size: int,
        *,
        only: Sequence[str] = (),
    ) -> Subscription[E_co]:
        """`position_of` is asked whenever a log is (re)assigned to this consumer. `only`:
        stored events of other topics may be left out; without any, none are."""
        ...

    def partitions(self, service: str) -> int:
        """Into how many logs this service's events are cut."""
        ...

    def heads(self, services: Sequence[str]) -> Mapping[Log, Position]:
        """The last positions there are, to measure lag against: by offset where a broker counts,
        else by sequence."""
        ...


@dataclass(frozen=True, slots=True)
class Publisher(Generic[E]):
    """A service's log and how its stored events read in the published language."""

    store: EventStore
    publish: Callable[[EventStore, RecordedEvent], E]


class EventStoreFeed(Generic[E]):
    """Follows the notification logs themselves: no broker."""

    def __init__(self, publishers: Mapping[str, Publisher[E]], wakeup: Wakeup) -> None:
        self._publishers = publishers
        self._wakeup = wakeup

    def subscribe(
        self,
        consumer: str,
        services: Sequence[str],
        position_of: Callable[[Log], Position],
        batch_size: int,
        *,
        only: Sequence[str] = (),
    ) -> Subscription[E]:
        chosen = {Log(name): self._publishers[name] for name in services}
        return _LogSubscription(consumer, chosen, self._wakeup, position_of, batch_size, only)

    def partitions(self, service: str) -> int:  # noqa: ARG002
        return 1

    def heads(self, services: Sequence[str]) -> Mapping[Log, Position]:
        return {Log(name): Position(self._publishers[name].store.head()) for name in services}


class _LogSubscription(Generic[E]):
    """Reads a log when it rang, or when nothing did for a while, and not for others' commits."""

    def __init__(
        self,
        consumer: str,
        publishers: Mapping[Log, Publisher[E]],
        wakeup: Wakeup,
        position_of: Callable[[Log], Position],
        batch_size: int,
        only: Sequence[str],
    ) -> None:
        self._consumer = consumer
        self._only = only
        self._publishers = publishers
        self._logs = {publisher.store.channel: log for log, publisher in publishers.items()}
        self._listener = wakeup.listener(self._logs)
        self._batch_size = batch_size
        self._positions = {log: position_of(log) for log in publishers}
        self._unread: list[Log] = []

    def next_batch(self, timeout: float) -> Batch[E] | None:
        self._note(self._listener.rung())
        batch = self._read_any()
        if batch is None:
            self._note(self._listener.wait(timeout))
            batch = self._read_any()
        return batch

    def rewind(self, log: Log, position: Position) -> None:
        self._positions[log] = position
        self._note_log(log)

    def close(self) -> None:
        """Nothing is held open between batches."""

    def _note(self, channels: Iterable[str]) -> None:
        for channel in channels:
            self._note_log(self._logs[channel])

    def _note_log(self, log: Log) -> None:
        if log not in self._unread:
            self._unread.append(log)

    def _read_any(self) -> Batch[E] | None:
        """The first log that has something; one that may have more goes to the end of the line."""
        while self._unread:
            log = self._unread.pop(0)
            before, publisher = self._positions[log], self._publishers[log]
            recorded, after = self._read(publisher.store, before)
            if len(recorded) == self._batch_size:
                self._unread.append(log)
            # Behind the read: had the log been cut before it, that is seen here.
            check_history(publisher.store, self._consumer, before)
            if after is not None:
                self._positions[log] = after
                events = [publisher.publish(publisher.store, event) for event in recorded]
                return Batch([Step(log, before, after)], events)
        return None

    def _read(
        self, store: EventStore, before: Position
    ) -> tuple[list[RecordedEvent], Position | None]:
        """With the position behind them; None where there is nothing new."""
        if self._only:
            found, end = store.read_of(self._only, before.sequence, self._batch_size)
            return found, end and Position(end[0], recorded_at=end[1])
        found = store.read(before.sequence, self._batch_size)
        last = found[-1] if found else None
        return found, last and Position(last.sequence, recorded_at=last.recorded_at)
