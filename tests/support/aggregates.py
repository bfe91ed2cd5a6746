"""given(aggregate).when(command).then(facts | error): tests of library aggregates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import pytest

from kernel.aggregate import Aggregate
from kernel.errors import DomainError
from kernel.events import DomainEvent

A = TypeVar("A", bound=Aggregate)
AT = datetime(2026, 11, 22, 10, tzinfo=UTC)
ENVELOPE = frozenset({"originator_id", "originator_version", "timestamp", "cause"})

Fact = tuple[type[DomainEvent], dict[str, Any]]


def fact(event_class: type[DomainEvent], **facts: Any) -> Fact:
    """An event without its envelope."""
    return event_class, facts


def fact_of(event: object) -> Fact:
    assert isinstance(event, DomainEvent)
    names = [field.name for field in fields(event) if field.name not in ENVELOPE]
    facts = {name: getattr(event, name) for name in names if name != "originator_topic"}
    return type(event), facts


@dataclass
class Given(Generic[A]):
    """An aggregate with a history: what it recorded so far is behind it."""

    aggregate: A

    def and_then(self, *facts: Fact) -> Given[A]:
        """More of the history, as facts that were recorded."""
        for event_class, values in facts:
            self.aggregate.trigger_event(event_class, timestamp=AT, **values)
        self.aggregate.collect_events()
        return self

    def when(self, command: Callable[[A], object]) -> Outcome:
        try:
            command(self.aggregate)
        except DomainError as error:
            return Outcome([], error)
        return Outcome([fact_of(event) for event in self.aggregate.collect_events()])


@dataclass(frozen=True)
class Outcome:
    recorded: list[Fact]
    refusal: DomainError | None = None

    def then(self, *facts: Fact) -> None:
        if self.refusal is not None:
            raise self.refusal
        assert self.recorded == list(facts)

    def then_nothing(self) -> None:
        self.then()

    def then_refused(self, error: type[DomainError]) -> DomainError:
        if self.refusal is None:
            pytest.fail(f"was not refused, but recorded {self.recorded}")
        assert type(self.refusal) is error
        return self.refusal


def given(aggregate: A) -> Given[A]:
    aggregate.collect_events()
    return Given(aggregate)
