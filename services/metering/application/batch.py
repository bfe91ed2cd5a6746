"""The events of one report, checked one by one."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from kernel.cause import Cause
from kernel.errors import ValidationFailed
from services.metering.application.commands import RecordUsage, UsageAnswer
from services.metering.application.months import month_of
from services.metering.application.reported import (
    ReportedUsage,
    Workspaces,
    instant_of,
)
from services.metering.application.stored import TOPICS, cause_state, usage_state
from services.metering.domain.identity import KINDS


class EventResult(msgspec.Struct, omit_defaults=True, gc=False):
    """`id` is None where the event had none that can be read."""

    id: str | None
    status: Literal["inserted", "duplicate", "ignored", "rejected"]
    reason: str | None = None


class Batch:
    """Collects in one command what is worth sending to the database."""

    def __init__(self, workspaces: Workspaces, now: datetime, cause: Cause) -> None:
        self.command = RecordUsage()
        self._waiting: list[EventResult] = []
        self._identity_of = workspaces.identity
        self._now = now
        self._cause = cause_state(cause)
        self._seen: set[bytes] = set()

    def add(self, event: ReportedUsage) -> EventResult:
        """The event's result; that of a new one is only final after `settle`."""
        workspace, metric = event.workspace_id, event.metric
        try:
            identity = self._identity_of(workspace).of(KINDS[metric], event.id)
            instant = instant_of(event.occurred_at, self._now)
        except ValidationFailed as error:
            return EventResult(event.id, "rejected", error.text)
        if event.is_playground:
            return EventResult(event.id, "ignored")
        result = EventResult(event.id, "duplicate")
        if identity not in self._seen:
            self._seen.add(identity)
            self._waiting.append(result)
            number, month = month_of(instant)
            state = usage_state(
                metric, instant, self._cause, workspace, month, event.id, event.agent_id
            )
            self.command.add(identity, TOPICS[metric], state, (workspace, metric, number))
        return result

    def settle(self, answer: UsageAnswer) -> None:
        command = self.command
        for result, identity in zip(self._waiting, command.ids, strict=True):
            status = answer.status(command, identity)
            result.status = "rejected" if status == "refused" else status
