"""What metering keeps beside its events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from runtime.eventstore.recorder import RecordedEvent
from runtime.feed.feed import Publisher
from runtime.feed.positions import Positions
from runtime.postgres.database import Cursor
from runtime.process.derived import DerivedTables, Rows, Table
from services.metering.application.months import number_in
from services.metering.application.plan_assignments import CHANNEL
from services.metering.domain import events
from services.metering.domain.identity import CONVERSATION, HOLD, Identity
from services.metering.domain.units import CORRECTED

GENERATION = "UPDATE metering_generation SET generation = generation + 1"
QUOTAS = Table("metering_quotas", ("workspace", "metric", "month"), ("used", "held"))
HOLDS = Table(
    "metering_holds",
    ("conversation",),
    ("stream", "version", "workspace", "usage_id", "month", "status", "expires_at"),
)


def reload_everywhere(cursor: Cursor) -> None:
    """Processes that have figures or limits in memory load all of them anew."""
    cursor.execute(GENERATION)
    cursor.execute(f"NOTIFY {CHANNEL}".encode())


class _Stored(msgspec.Struct, gc=False):
    workspace: str
    month: str = ""
    usage_id: str = ""
    timestamp: datetime | None = None
    hold_expires_at: datetime | None = None
    reason: str = ""
    before: int = 0
    value: int = 0


_read = msgspec.json.Decoder(_Stored).decode
CORRECTIONS = {kind.TOPIC: metric for metric, kinds in CORRECTED.items() for kind in kinds}
COUNTED = {
    events.MessageMetered.TOPIC,
    events.ConversationMetered.TOPIC,
    events.ConversationStarted.TOPIC,
    events.PlaygroundConversationStarted.TOPIC,
    events.ConversationReleased.TOPIC,
    *CORRECTIONS,
}


class UsageFold:
    """Figures and holds, as the statements that append to the log keep them."""

    def __init__(self, _: Publisher[Any]) -> None:
        self._used: dict[tuple[str, str, int], int] = {}
        self._held: dict[tuple[str, int], int] = {}
        self._holds: dict[tuple[str, str], list[Any]] = {}

    def apply(self, recorded: Sequence[RecordedEvent]) -> None:
        for event in recorded:
            if event.topic in COUNTED:
                self._take_in(event.topic, event.version, _read(event.state))

    def _take_in(self, topic: str, version: int, fact: _Stored) -> None:
        key = (fact.workspace, fact.usage_id)
        match topic:
            case events.MessageMetered.TOPIC:
                self._count(fact, "message")
            case _ if topic in CORRECTIONS:
                self._count(fact, CORRECTIONS[topic], fact.value - fact.before)
            case events.ConversationMetered.TOPIC:
                self._count(fact, "conversation")
                hold = self._holds.get(key)
                if hold is not None and hold[2] != "playground":
                    self._free(fact.workspace, hold)
                    del self._holds[key]
            case events.ConversationStarted.TOPIC:
                self._free(fact.workspace, self._holds.get(key))
                month = number_in(fact.month)
                self._hold(fact.workspace, month, 1)
                self._holds[key] = [version, month, "held", fact.hold_expires_at]
            case events.PlaygroundConversationStarted.TOPIC:
                self._free(fact.workspace, self._holds.get(key))
                month = number_in(fact.month)
                self._holds[key] = [version, month, "playground", fact.timestamp]
            case events.ConversationReleased.TOPIC:
                hold = self._holds[key]
                self._free(fact.workspace, hold)
                hold[0], hold[2] = version, fact.reason

    def _count(self, fact: _Stored, metric: str, units: int = 1) -> None:
        account = (fact.workspace, metric, number_in(fact.month))
        self._used[account] = self._used.get(account, 0) + units

    def _free(self, workspace: str, hold: list[Any] | None) -> None:
        if hold is not None and hold[2] == "held":
            self._hold(workspace, hold[1], -1)

    def _hold(self, workspace: str, month: int, units: int) -> None:
        account = (workspace, month)
        self._held[account] = self._held.get(account, 0) + units

    def rows(self) -> Mapping[str, Rows]:
        held = {(name, "conversation", month): n for (name, month), n in self._held.items()}
        accounts = {**self._used, **held}
        figures = {key: (self._used.get(key, 0), held.get(key, 0)) for key in accounts}
        return {QUOTAS.name: figures, HOLDS.name: dict(map(_hold_row, self._holds.items()))}


def _hold_row(hold: tuple[tuple[str, str], list[Any]]) -> tuple[tuple[UUID], tuple[Any, ...]]:
    (workspace, usage_id), (version, month, status, expires_at) = hold
    identity = Identity(workspace)
    conversation, stream = (UUID(bytes=identity.of(k, usage_id)) for k in (CONVERSATION, HOLD))
    return (conversation,), (stream, version, workspace, usage_id, month, status, expires_at)


def usage_tables(positions: Positions) -> DerivedTables:
    return DerivedTables(
        *("metering.quotas", "metering", (QUOTAS, HOLDS), UsageFold, positions),
        log_first=True,
        mended=reload_everywhere,
    )
