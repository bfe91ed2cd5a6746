"""Stored facts, with text stream ids."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from eventsourcing.utils import register_topic

from kernel.cause import UNKNOWN, Cause


def added(default: Any = MISSING, *, default_factory: Any = MISSING) -> Any:
    """A field of a stored record that came when such records were stored already: it is left out
    while it has its default, so that what was stored before is still encoded to equal bytes."""
    if default_factory is not MISSING:
        return field(default_factory=default_factory, metadata={"added": True})
    return field(default=default, metadata={"added": True})


def is_left_out(each: Field[Any], value: object) -> bool:
    if "added" not in each.metadata:
        return False
    made: Callable[[], object] | Any = each.default_factory
    return bool(value == (each.default if made is MISSING else made()))


@dataclass(frozen=True, kw_only=True)
class DomainEvent:
    """A fact, in the past tense. Every concrete event has a stable `TOPIC` (`billing.PlanCreated`),
    which is what is stored: classes may move, topics never change.

    `timestamp` is when it happened in the world, given by the caller; the store adds `recorded_at`.
    `originator_id` (the stream), `originator_version` (1 for a stream's first event) and `cause`
    are stamped by the event store when the event is recorded.
    """

    TOPIC: ClassVar[str]
    class_version: ClassVar[int] = 1

    originator_id: str = ""
    originator_version: int = 0
    timestamp: datetime
    cause: Cause = UNKNOWN

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "TOPIC" in cls.__dict__:
            register_topic(cls.TOPIC, cls)


@dataclass(frozen=True, kw_only=True)
class CreatedEvent(DomainEvent):
    """The first event of a stream; carries the topic of its decider, stamped like the stream."""

    originator_topic: str = ""
