"""A workspace whose events are not taken must not fill the room that others need."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from services.notifications.domain.delivery import Lane, Message


@dataclass(frozen=True, slots=True)
class Gap:
    """Of this lane nothing behind `sequence` is kept."""

    service: str
    key: str
    workspace: str
    sequence: int

    @property
    def lane(self) -> Lane:
        return self.service, self.key


def overflow(
    waiting: Sequence[Message], stuck: Collection[Lane], room: int
) -> tuple[list[Message], list[Gap]]:
    """What is kept, and what of stuck lanes is left in the log. The few events of catalogues, which
    can't be read again by workspace, are kept."""
    kept: list[Message] = []
    gaps: dict[Lane, Gap] = {}
    for message in sorted(waiting, key=lambda each: (each.service, each.sequence)):
        lane = message.lane
        if lane in gaps:
            continue
        if lane in stuck and message.workspace and len(kept) >= room:
            gaps[lane] = Gap(*lane, message.workspace, message.sequence - 1)
        else:
            kept.append(message)
    return kept, list(gaps.values())
