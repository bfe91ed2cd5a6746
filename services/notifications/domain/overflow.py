"""A workspace whose events are not taken must not fill the room that others need."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from services.notifications.domain.delivery import Message, OrderingKey


@dataclass(frozen=True, slots=True)
class Gap:
    """Of this key nothing behind `sequence` is kept."""

    service: str
    key: str
    workspace: str
    sequence: int

    @property
    def ordering_key(self) -> OrderingKey:
        return self.service, self.key


def overflow(
    waiting: Sequence[Message], stuck: Collection[OrderingKey], room: int
) -> tuple[list[Message], list[Gap]]:
    """What is kept, and what of stuck keys is left in the log. The few events of catalogues, which
    can't be read again by workspace, are kept."""
    kept: list[Message] = []
    gaps: dict[OrderingKey, Gap] = {}
    for message in sorted(waiting, key=lambda each: (each.service, each.sequence)):
        key = message.ordering_key
        if key in gaps:
            continue
        if key in stuck and message.workspace and len(kept) >= room:
            gaps[key] = Gap(*key, message.workspace, message.sequence - 1)
        else:
            kept.append(message)
    return kept, list(gaps.values())
