"""The events of one report, checked one by one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from kernel.cause import Cause
from kernel.errors import ValidationFailed
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
from services.metering.domain.identity import KINDS
from services.metering.domain.quota import Metric


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
    """Collects in a command for each metric what is worth sending to the database."""

    def __init__(self, workspaces: Workspaces, now: datetime, cause: Cause) -> None:
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
            identity = self._identity_of(event.workspace_id).of(KINDS[event.metric], event.id)
            instant = instant_of(event.occurred_at, self._now)
        except ValidationFailed as error:
            return EventResult(event.id, "rejected", error.text)
        if event.conversation_id is not None and event.metric != "message":
            return EventResult(event.id, "rejected", "conversation_id is of messages")
        if event.is_playground:
            return EventResult(event.id, "ignored")
        result = EventResult(event.id, "duplicate")
        if identity not in self._seen:
            self._seen.add(identity)
            self._results[event.metric].append(result)
            if event.metric == "message":
                self._add_message(identity, event, instant)
            else:
                self._add_turn(identity, event, instant)
        return result

    def _add_message(self, identity: bytes, event: ReportedUsage, instant: datetime) -> None:
        told = told_apart(
            event.agent_id, event.conversation_id, human_takeover=event.human_takeover
        )
        self.messages.add(identity, event.workspace_id, instant, event.id, told)

    def _add_turn(self, identity: bytes, event: ReportedUsage, instant: datetime) -> None:
        number, month = month_of(instant)
        workspace = event.workspace_id
        facts = (instant, self._cause, workspace, month, event.id, event.agent_id)
        state = usage_state("conversation", *facts)
        account: AccountKey = (workspace, "conversation", number)
        self.turns.add(identity, TOPICS["conversation"], state, account)

    @property
    def commands(self) -> list[RecordMessages | RecordUsage]:
        """What there is to record."""
        return [command for command in (self.messages, self.turns) if len(command)]

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
        return head


def _settle(result: EventResult, status: Status) -> None:
    result.status = "rejected" if status == "refused" else status
