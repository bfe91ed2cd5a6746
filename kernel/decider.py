"""What the events of one kind of stream make of its state."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Generic, TypeVar, overload

from eventsourcing.utils import register_topic

from kernel.events import DomainEvent

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Decider(Generic[S]):
    """`topic` is stored in the first event of every stream (`originator_topic`) and resolves to
    this decider; it never changes.

    `evolve` runs again at every replay: it only assigns, and reads no clock. Its state is None
    before the first event. Decisions are functions beside it: `decide(state, …) -> list of events`.
    """

    topic: str
    evolve: Callable[[S | None, DomainEvent], S]

    def __post_init__(self) -> None:
        register_topic(self.topic, self)  # type: ignore[arg-type]

    @overload
    def fold(self, state: S, events: Iterable[DomainEvent]) -> S: ...

    @overload
    def fold(self, state: S | None, events: Iterable[DomainEvent]) -> S | None: ...

    def fold(self, state: S | None, events: Iterable[DomainEvent]) -> S | None:
        """The state after these events; as it was without any."""
        return reduce(self.evolve, events, state)
