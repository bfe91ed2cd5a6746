"""Applies a replay around what can't be applied, and remembers that to be parked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from runtime.feed.feed import Event
from runtime.feed.message import Codec
from runtime.feed.parked_events import Key
from runtime.feed.poison_events import MOST_POISONED, TooManyPoisoned, attempt, park
from runtime.postgres.database import Cursor

E = TypeVar("E", bound=Event)


class SetAside(Generic[E]):
    """`poisoned` counts events that can't be applied; `events` are they and all behind them of the
    same key, each with its error or "". Raises TooManyPoisoned where the fault lies elsewhere."""

    def __init__(self, codec: Codec[E]) -> None:
        self._codec = codec
        self._keys: set[Key] = set()
        self.poisoned = 0
        self.events: list[tuple[E, str]] = []

    def apply(
        self, cursor: Cursor, handle: Callable[[Cursor, Sequence[E]], None], events: Sequence[E]
    ) -> None:
        """In their order. A batch that fails is halved until what fails is one event."""
        free = self._free(events)
        error = attempt(cursor, handle, free) if free else None
        if error is None:
            return
        if len(free) > 1:
            middle = len(free) // 2
            self.apply(cursor, handle, free[:middle])
            self.apply(cursor, handle, free[middle:])
            return
        self.poisoned += 1
        if self.poisoned > MOST_POISONED:
            raise TooManyPoisoned(error)
        self._keys.add((free[0].service, free[0].key))
        self.events.append((free[0], error))

    def _free(self, events: Sequence[E]) -> list[E]:
        if not self._keys:
            return list(events)
        blocked = [event for event in events if (event.service, event.key) in self._keys]
        self.events += [(event, "") for event in blocked]
        return [event for event in events if (event.service, event.key) not in self._keys]

    def copy(self) -> SetAside[E]:
        """To go back to when what was applied meanwhile is rolled back."""
        same: SetAside[E] = SetAside(self._codec)
        same._keys = set(self._keys)
        same.poisoned, same.events = self.poisoned, list(self.events)
        return same

    def park(self, cursor: Cursor, consumer: str) -> None:
        for event, error in self.events:
            park(cursor, consumer, event, self._codec.encode(event), error)
