"""Aggregates and events with text ids, on the `eventsourcing` library's own base classes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from eventsourcing.domain import BaseAggregate, CanInitAggregate, CanMutateAggregate
from eventsourcing.utils import register_topic

from kernel.cause import UNKNOWN, Cause


@dataclass(frozen=True, kw_only=True)
class DomainEvent(CanMutateAggregate[str]):
    """A fact, in the past tense. Every concrete event has a stable `TOPIC` (`billing.PlanCreated`),
    which is what is stored: classes may move, topics never change.

    `timestamp` is when it happened in the world, given by the caller; the store adds `recorded_at`.
    `cause` is stamped by the event store when the event is saved.
    """

    TOPIC: ClassVar[str]
    class_version: ClassVar[int] = 1

    originator_id: str
    originator_version: int
    timestamp: datetime
    cause: Cause = UNKNOWN

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "TOPIC" in cls.__dict__:
            register_topic(cls.TOPIC, cls)

    def apply(self, aggregate: Any) -> None:
        aggregate.apply(self)


@dataclass(frozen=True, kw_only=True)
class CreatedEvent(CanInitAggregate[str], DomainEvent):
    """The first event of a stream; carries the topic of the aggregate that it creates."""

    originator_topic: str


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
