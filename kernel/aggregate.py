"""Aggregates with text ids, on the `eventsourcing` library's own base class."""

from __future__ import annotations

from typing import Any

from eventsourcing.domain import BaseAggregate

from kernel.events import DomainEvent


class Aggregate(BaseAggregate[str]):
    """Base of aggregates. Guards and decisions stand in public methods, which then call
    `self.trigger_event(Event, timestamp=at, **facts)`; `apply(event)` only assigns, because it
    runs again at every replay. The first event is made by `cls._create(Event, id=…, …)`.
    """

    def __init_subclass__(cls, **options: Any) -> None:
        # The library would make a dataclass `__init__` of the annotations that declare state;
        # state comes from the first event alone.
        if "__init__" not in cls.__dict__:
            cls.__init__ = _start_empty  # type: ignore[method-assign, assignment]
        super().__init_subclass__(**options)

    def apply(self, event: DomainEvent) -> None:
        raise NotImplementedError(f"{type(self).__name__} does not know {type(event).__name__}")


def _start_empty(_: Aggregate) -> None:
    """Every attribute is assigned by `apply` of the first event."""
