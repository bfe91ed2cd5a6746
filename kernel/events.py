"""Stored facts, with text stream ids."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from eventsourcing.utils import register_topic

from kernel.cause import UNKNOWN, Cause


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
