"""A stream as it was loaded, and what a command adds to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from kernel.decider import Decider
from kernel.events import CreatedEvent, DomainEvent

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Stream(Generic[S]):
    """`version` counts the events that `state` was made of: 0 and None for a new stream."""

    decider: Decider[S]
    name: str
    version: int = 0
    state: S | None = None

    def place(self, events: Sequence[DomainEvent]) -> list[DomainEvent]:
        """The events with their places after the last one. The first of a new stream must be a
        CreatedEvent, and names the decider."""
        return [
            self._placed(event, version) for version, event in enumerate(events, self.version + 1)
        ]

    def after(self, events: Sequence[DomainEvent]) -> Stream[S]:
        """The stream with these events recorded."""
        return self.with_recorded(self.place(events))

    def with_recorded(self, events: Sequence[DomainEvent]) -> Stream[S]:
        """The same with events that have their places. Raises TypeError for another decider's."""
        first = events[0] if events else None
        if isinstance(first, CreatedEvent) and first.originator_topic != self.decider.topic:
            topics = f"of {first.originator_topic}, not of {self.decider.topic}"
            raise TypeError(f"{self.name} is {topics}")
        state = self.decider.fold(self.state, events)
        return replace(self, version=self.version + len(events), state=state)

    def _placed(self, event: DomainEvent, version: int) -> DomainEvent:
        if isinstance(event, CreatedEvent) != (version == 1):
            raise TypeError(f"{type(event).__name__} can't be event {version} of {self.name}")
        placed = replace(event, originator_id=self.name, originator_version=version)
        if isinstance(placed, CreatedEvent):
            return replace(placed, originator_topic=self.decider.topic)
        return placed


@dataclass(frozen=True, slots=True)
class Change:
    stream: Stream[Any]
    events: Sequence[DomainEvent]
