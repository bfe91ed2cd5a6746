"""The events of one report, checked one by one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from kernel.cause import Cause
from kernel.errors import ValidationFailed
from services.metering.application.accounts.command import ChangeAccount
from services.metering.application.commands import (
    AccountKey,
    RecordMessages,
    RecordUsage,
    Status,
)
from services.metering.application.months import month_of
from services.metering.application.reported import (
    ReportedUsage,
    Workspaces,
    instant_of,
    told_apart,
)
from services.metering.application.stored import TOPICS, cause_state, usage_state
from services.metering.domain.errors import MeterNotFound, WorkspaceUnknown
from services.metering.domain.identity import KINDS
from services.metering.domain.quota import METRICS, Metric

_BUILT_IN: dict[str, Metric] = {metric: metric for metric in METRICS}


class EventResult(msgspec.Struct, omit_defaults=True, gc=False):
    """What became of an event."""

    id: Annotated[
        str | None,
        msgspec.Meta(description="Null where none can be read.", examples=["message-1"]),
    ]
    status: Annotated[
        Literal["inserted", "duplicate", "ignored", "rejected"],
        msgspec.Meta(description="Only a `rejected` one is not stored."),
    ]
    reason: Annotated[
        str | None,
        msgspec.Meta(description="Why it was rejected.", examples=["metric: Invalid value"]),
    ] = None


class Batch:
    """Collects in a command for each metric, and one for each event of a declared meter, what is
    worth sending to the database. `declared` makes the latter."""

    def __init__(
        self,
        workspaces: Workspaces,
        now: datetime,
        cause: Cause,
        declared: Callable[[ReportedUsage], ChangeAccount],
    ) -> None:
        self._declared = declared
        self._accounts: list[tuple[EventResult, ChangeAccount]] = []
        self._cause = cause_state(cause)
        self.messages = RecordMessages(bytes(self._cause))
        self.turns = RecordUsage()
        self._results: dict[Metric, list[EventResult]] = {"message": [], "conversation": []}
        self._identity_of = workspaces.identity
        self._now = now
        self._seen: set[bytes] = set()

    def add(self, event: ReportedUsage) -> EventResult:
        """The event's result; that of a new one is only final after it was settled."""
        try:
            metric = _BUILT_IN.get(event.counted_by)
            if metric is None:
                return self._add_declared(event)
            _check(event, metric)
            identity = self._identity_of(event.workspace_id).of(KINDS[metric], event.id)
            instant = instant_of(event.occurred_at, self._now)
        except (ValidationFailed, MeterNotFound, WorkspaceUnknown) as error:
            return EventResult(event.id, "rejected", error.text)
        if event.is_playground:
            return EventResult(event.id, "ignored")
        result = EventResult(event.id, "duplicate")
        if identity not in self._seen:
            self._seen.add(identity)
            self._results[metric].append(result)
            if metric == "message":
                self._add_message(identity, event, instant)
            else:
                self._add_turn(identity, event, instant)
        return result

    def _add_message(self, identity: bytes, event: ReportedUsage, instant: datetime) -> None:
        told = told_apart(
            event.agent_id, event.conversation_id, human_takeover=event.human_takeover
        )
        self.messages.add(identity, event.workspace_id, instant, event.id, told)

    def _add_declared(self, event: ReportedUsage) -> EventResult:
        """Raises MeterNotFound and ValidationFailed."""
        command = self._declared(event)
        if event.is_playground:
            return EventResult(event.id, "ignored")
        result = EventResult(event.id, "duplicate")
        self._accounts.append((result, command))
        return result

    def _add_turn(self, identity: bytes, event: ReportedUsage, instant: datetime) -> None:
        number, month = month_of(instant)
        workspace = event.workspace_id
        facts = (instant, self._cause, workspace, month, event.id, event.agent_id)
        state = usage_state("conversation", *facts)
        account: AccountKey = (workspace, "conversation", number)
        self.turns.add(identity, TOPICS["conversation"], state, account)

    @property
    def commands(self) -> list[RecordMessages | RecordUsage | ChangeAccount]:
        """What there is to record."""
        built_in = [command for command in (self.messages, self.turns) if len(command)]
        return [*built_in, *(command for _, command in self._accounts)]

    def settle(self) -> int:
        """Once its commands are answered. Returns the log position at which all of it is stored."""
        head = 0
        if len(self.messages):
            counted = self.messages.answer.result()
            head = counted.head
            for index, result in enumerate(self._results["message"]):
                _settle(result, counted.status(index))
        if len(self.turns):
            answer = self.turns.answer.result()
            head = max(head, answer.head)
            for result, identity in zip(self._results["conversation"], self.turns.ids, strict=True):
                _settle(result, answer.status(self.turns, identity))
        for result, command in self._accounts:
            changed = command.answer.result()
            head = max(head, changed.position)
            _settle(result, "inserted" if changed.new else "duplicate")
            if changed.refusal is not None:
                result.status, result.reason = "rejected", changed.refusal.text
        return head


def _check(event: ReportedUsage, metric: Metric) -> None:
    """Of a built-in meter. Raises ValidationFailed."""
    if event.conversation_id is not None and metric != "message":
        raise ValidationFailed("conversation_id is of messages")
    if event.value not in (None, 1):
        raise ValidationFailed("value: an event of a built-in meter counts 1")
    if event.dimensions:
        raise ValidationFailed("dimensions: a built-in meter has its agent_id")


def _settle(result: EventResult, status: Status) -> None:
    result.status = "rejected" if status == "refused" else status
