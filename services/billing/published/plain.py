"""Events whose facts are stored under the names that they are published under."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from contracts.envelope import EventData
from kernel.events import DomainEvent

Convert = Callable[[Any], EventData]


def plain(kind: type[EventData], subject: str, subject_of: Callable[[DomainEvent], str]) -> Convert:
    """`subject` names the field that says whose fact it is: stored events tell it by their
    stream."""
    names = [name for name in kind.model_fields if name != subject]

    def convert(event: DomainEvent) -> EventData:
        facts = {name: getattr(event, name) for name in names}
        return kind.model_validate({**facts, subject: subject_of(event)})

    return convert
