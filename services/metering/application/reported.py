"""Usage as callers report it, checked and turned into what is recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Annotated

import msgspec

from kernel.clock import as_utc
from kernel.errors import ValidationFailed
from kernel.ids import is_workspace_id
from kernel.text import LINE
from services.metering.domain.errors import WorkspaceUnknown
from services.metering.domain.identity import Identity
from services.metering.domain.meters import LARGEST_VALUE, MOST_DIMENSIONS

FUTURE = timedelta(minutes=5)
KNOWN_WORKSPACES = 20_000

# Told only: bodies are searched for other characters as a whole, which costs next to nothing.
STORABLE = {"pattern": LINE}


def _name(longest: int, description: str, example: str) -> msgspec.Meta:
    return msgspec.Meta(
        min_length=1,
        max_length=longest,
        description=description,
        examples=[example],
        extra_json_schema=STORABLE,
    )


UsageId = Annotated[
    str, _name(255, "The caller's own; it counts once in its workspace, for ever.", "message-1")
]
AgentId = Annotated[
    str, _name(128, "Which of the workspace's agents; usage is shown by it.", "agent-7")
]
ConversationId = Annotated[
    str, _name(255, "The conversation that a message belongs to.", "conversation-1")
]
HumanTakeover = Annotated[
    bool,
    msgspec.Meta(
        description="A person has taken over: the message counts and is never refused.",
        examples=[False],
    ),
]
WorkspaceId = Annotated[
    str,
    msgspec.Meta(description="The workspace.", examples=["acme"], extra_json_schema=STORABLE),
]
MeterName = Annotated[
    str,
    _name(
        64,
        "`message`, `conversation`, or a meter that is declared; either name will do.",
        "message",
    ),
]
Value = Annotated[
    int,
    msgspec.Meta(
        ge=0,
        le=LARGEST_VALUE,
        description="In the meter's smallest unit, 1 by default.",
        examples=[3121],
    ),
]
DimensionValue = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Dimensions = Annotated[
    dict[str, DimensionValue],
    msgspec.Meta(
        max_length=MOST_DIMENSIONS,
        description="By the names that the meter declares.",
        examples=[{"model": "large"}],
    ),
]
OccurredAt = Annotated[
    datetime,
    msgspec.Meta(
        tz=True,
        description="When it happened; decides the month. At most 5 minutes ahead.",
        examples=["2026-11-26T10:00:00Z"],
    ),
]


class ReportedUsage(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """One unit of usage."""

    id: UsageId
    workspace_id: WorkspaceId
    metric: MeterName | None = None
    meter: MeterName | None = None
    occurred_at: OccurredAt | None = None
    is_playground: Annotated[bool, msgspec.Meta(description="A playground's counts nothing.")] = (
        False
    )
    agent_id: AgentId | None = None
    conversation_id: ConversationId | None = None
    human_takeover: HumanTakeover = False
    value: Value | None = None
    dimensions: Dimensions | None = None

    @property
    def counted_by(self) -> str:
        """Raises ValidationFailed for a report of nothing."""
        name = self.meter or self.metric
        if name is None:
            raise ValidationFailed("Object missing required field `metric`")
        return name


@lru_cache(maxsize=1_024)
def told_apart(
    agent_id: str | None, conversation_id: str | None, *, human_takeover: bool
) -> Mapping[str, str] | None:
    """What a message's fact has besides; None for nothing. Shared: only ever encoded."""
    told = {
        "agent_id": agent_id,
        "conversation_id": conversation_id,
        "human_takeover": "true" if human_takeover else None,
    }
    return {name: value for name, value in told.items() if value is not None} or None


class Workspaces:
    """Remembers the ids of the workspaces that were seen last. `metered` says whether anything may
    be counted for one."""

    def __init__(self, metered: Callable[[str], bool] = lambda _: True) -> None:
        self._metered = metered
        self._identities: dict[str, Identity] = {}

    def identity(self, workspace: str) -> Identity:
        """Raises ValidationFailed for what can't be a workspace, WorkspaceUnknown for one that
        nothing is counted for."""
        known = self._identities.get(workspace)
        if known is not None:
            return known
        if not is_workspace_id(workspace):
            raise ValidationFailed("workspace_id is not a workspace id")
        if not self._metered(workspace):
            raise WorkspaceUnknown
        if len(self._identities) >= KNOWN_WORKSPACES:
            self._identities.clear()
        known = self._identities[workspace] = Identity(workspace)
        return known


def instant_of(occurred_at: datetime | None, now: datetime) -> datetime:
    """In UTC, `now` by default. Raises ValidationFailed for more than 5 minutes ahead."""
    if occurred_at is None:
        return now
    instant = occurred_at
    if instant.tzinfo is not UTC:
        try:
            instant = as_utc(instant)
        except OverflowError:
            raise ValidationFailed("occurred_at is out of range") from None
    if instant > now and instant > now + FUTURE:
        raise ValidationFailed("occurred_at is more than 5 minutes in the future")
    return instant
