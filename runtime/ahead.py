"""Reads the next batch while the one before is dealt with, which is mostly waiting.

Only where much is left to do: else a batch read early would be small, and what comes right behind
it would wait for two.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Generic, TypeVar

from runtime.feed import Batch, Event, Log, Position, Subscription

E = TypeVar("E", bound=Event)
T = TypeVar("T")
AHEAD_SECONDS = 0.5


class Ahead(Generic[T]):
    """Calls `read(timeout)`, and after something that `is_much` once more at once, in a thread of
    its own. Never two calls at a time."""

    def __init__(self, read: Callable[[float], T | None], is_much: Callable[[T], bool]) -> None:
        self._read = read
        self._is_much = is_much
        self._reader = ThreadPoolExecutor(1, "ahead")
        self._next: Future[T | None] | None = None

    def next(self, timeout: float) -> T | None:
        """None when there is nothing, or nothing yet. Raises what `read` raised."""
        if self._next is None:
            found = self._read(timeout)
        elif wait([self._next], timeout).done:
            read, self._next = self._next, None
            found = read.result()
        else:
            return None
        if found is not None and self._is_much(found):
            self._next = self._reader.submit(self._read, AHEAD_SECONDS)
        return found

    def take_back(self) -> T | None:
        """What was read ahead and nobody has seen. A failure is kept for who asks next."""
        if self._next is None or self._next.exception() is not None:
            return None
        read, self._next = self._next, None
        return read.result()

    def close(self) -> None:
        self._reader.shutdown()


class ReadingAhead(Generic[E]):
    """A subscription that is one batch ahead of whoever applies, while batches have `much` events
    or more."""

    def __init__(self, subscription: Subscription[E], much: int) -> None:
        self._subscription = subscription
        self._ahead: Ahead[Batch[E]] = Ahead(
            subscription.next_batch, lambda batch: len(batch.events) >= much
        )

    def next_batch(self, timeout: float) -> Batch[E] | None:
        return self._ahead.next(timeout)

    def rewind(self, log: Log, position: Position) -> None:
        """What was read ahead is read again, too: its other logs must not lose it."""
        unseen = self._ahead.take_back()
        for step in unseen.steps if unseen else ():
            self._subscription.rewind(step.log, step.before)
        self._subscription.rewind(log, position)

    def close(self) -> None:
        self._ahead.close()
        self._subscription.close()
