"""given(decider, *events).when(decide, facts…).then(*events): tests of decisions read like this."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

import pytest

from kernel.decider import Decider
from kernel.errors import DomainError
from kernel.events import DomainEvent
from runtime.eventstore.stream import Stream

S = TypeVar("S")
P = ParamSpec("P")
AT = datetime(2026, 11, 22, 10, tzinfo=UTC)


@dataclass(frozen=True)
class Given(Generic[S]):
    stream: Stream[S]

    @property
    def state(self) -> S:
        assert self.stream.state is not None
        return self.stream.state

    def and_then(self, *events: DomainEvent) -> Given[S]:
        """More of the history."""
        return Given(self.stream.after(events))

    def after(
        self,
        decide: Callable[Concatenate[Any, P], Sequence[DomainEvent]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Given[S]:
        """More of the history: what this decision says."""
        return self.and_then(*decide(self.stream.state, *args, **kwargs))

    def when(
        self,
        decide: Callable[Concatenate[Any, P], Sequence[DomainEvent]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Outcome:
        """The decision over the state, which is None without events."""
        try:
            return Outcome(list(decide(self.stream.state, *args, **kwargs)))
        except DomainError as error:
            return Outcome([], error)


@dataclass(frozen=True)
class Outcome:
    events: list[DomainEvent]
    refusal: DomainError | None = None

    def then(self, *events: DomainEvent) -> None:
        if self.refusal is not None:
            raise self.refusal
        assert self.events == list(events)

    def then_kinds(self, *kinds: type[DomainEvent]) -> None:
        """Events of these classes, whatever their facts."""
        if self.refusal is not None:
            raise self.refusal
        assert [type(event) for event in self.events] == list(kinds)

    def then_nothing(self) -> None:
        self.then()

    def then_refused(self, error: type[DomainError]) -> DomainError:
        if self.refusal is None:
            pytest.fail(f"was not refused, but decided {self.events}")
        assert type(self.refusal) is error
        return self.refusal


def given(decider: Decider[S], *events: DomainEvent) -> Given[S]:
    return Given(Stream(decider, "given")).and_then(*events)
