"""Blocks read as the events that they hold: each as if it stood in a row of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple, cast
from uuid import UUID

import msgspec

from runtime.eventstore.recorder import RecordedEvent
from services.metering.application.blocks.facts import UnreadableBlock, decode
from services.metering.application.months import month_of
from services.metering.application.stored import TOPICS, usage_state
from services.metering.domain.identity import KINDS, Identity
from services.metering.domain.quota import Metric

TOPIC = "metering.UsageBlock"
# Readers take a block piece by piece, and several of them the newest.
DECODED = 4


class BlockRow(NamedTuple):
    """A row of the log; `refused` are the indexes of facts that do not exist."""

    position: int
    stream: str
    version: int
    topic: str
    state: bytes
    recorded_at: datetime
    refused: tuple[int, ...]

    @property
    def events(self) -> Sequence[RecordedEvent]:
        """In the order of their positions, of which the block's own is the last. What can't be read
        is left as it stands, for whoever reads it to refuse."""
        if self.topic != TOPIC:
            return (RecordedEvent(*self[:6]),)
        try:
            return _events(self)
        except UnreadableBlock:
            return (RecordedEvent(*self[:6]),)


@lru_cache(maxsize=DECODED)
def _events(block: BlockRow) -> Sequence[RecordedEvent]:
    """Raises UnreadableBlock."""
    facts = decode(block.state)
    refused = frozenset(block.refused)
    position = block.position - (len(facts) - len(refused))
    causes = [msgspec.Raw(cause) for cause in facts.causes]
    identity_of = {name: Identity(name).of for name in set(facts.workspaces)}
    found = []
    for index in range(len(facts)):
        if index in refused:
            continue
        position += 1
        metric, workspace = cast(Metric, facts.meters[index]), facts.workspaces[index]
        usage_id, instant = facts.ids[index], facts.times[index]
        told = facts.dimensions[index] or {}
        cause, month = causes[facts.cause_of[index]], month_of(instant)[1]
        state = usage_state(
            *(metric, instant, cause, workspace, month, usage_id, told.get("agent_id")),
            conversation_id=told.get("conversation_id"),
            human_takeover="human_takeover" in told,
        )
        identity = str(UUID(bytes=identity_of[workspace](KINDS[metric], usage_id)))
        found.append(RecordedEvent(position, identity, 1, TOPICS[metric], state, block.recorded_at))
    return tuple(found)
