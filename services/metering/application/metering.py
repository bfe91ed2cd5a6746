"""The use cases of metering."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec

from kernel.cause import Cause
from kernel.clock import Clock
from kernel.errors import ValidationFailed
from kernel.month import Month
from services.metering.application.commands import (
    NONE,
    Action,
    ChangeHold,
    HoldAnswer,
    RecordUsage,
    Status,
    UsageAnswer,
)
from services.metering.application.group_commit import GroupCommit
from services.metering.application.live_state import LiveState
from services.metering.application.reported import (
    ReportedUsage,
    Workspaces,
    moment_of,
    month_of,
)
from services.metering.application.stored import (
    TOPICS,
    cause_state,
    released_state,
    started_state,
    usage_state,
)
from services.metering.domain.errors import ConversationNotFound
from services.metering.domain.identity import CONVERSATION, HOLD, KINDS
from services.metering.domain.quota import Metric, Plan, Usage, allows_one_more

HOLD_FOR = timedelta(minutes=30)
_UNIX = datetime(1970, 1, 1, tzinfo=UTC)


class EventResult(msgspec.Struct, omit_defaults=True, gc=False):
    """`id` is None where the event had none that can be read."""

    id: str | None
    status: Literal["inserted", "duplicate", "ignored", "rejected"]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """Whether one more unit may be taken now. `position` is where in the log `usage` holds."""

    allowed: bool
    metric: Metric
    limit: int | None
    usage: Usage
    plan: Plan
    position: int
    revision: int
    month: Month


@dataclass(frozen=True, slots=True)
class Recorded:
    status: Status
    position: int
    month: Month


@dataclass(frozen=True, slots=True)
class FirstTurn:
    """`late`: the hold had expired before."""

    status: Literal["inserted", "duplicate", "ignored"]
    position: int
    month: str
    late: bool


@dataclass(frozen=True, slots=True)
class Held:
    status: Literal["started", "duplicate", "ignored", "refused"]
    position: int
    expires_at: datetime | None


class Metering:
    def __init__(
        self,
        state: LiveState,
        commits: GroupCommit,
        clock: Clock,
        hold_for: timedelta = HOLD_FOR,
    ) -> None:
        self.state = state
        self.clock = clock
        self._commits = commits
        self._hold_for = hold_for
        self._workspaces = Workspaces()

    @property
    def position(self) -> int:
        """Where in the log everything is taken in."""
        return self.state.positions.known

    def check(self, workspace: str, metric: Metric, month: Month | None = None) -> Check:
        """From memory; of the present month by default."""
        month = month or Month.of(self.clock())
        usage = self.state.figures.of(workspace, metric, month.year * 100 + month.number)
        plan = self.state.plans.of(workspace)
        limit = plan.limit_of(metric)
        position = max(self.position, usage.position)
        revision = self.state.plans.revision
        allowed = allows_one_more(limit, usage)
        return Check(allowed, metric, limit, usage, plan, position, revision, month)

    async def record_usage(
        self, events: Sequence[ReportedUsage | EventResult], cause: Cause
    ) -> tuple[list[EventResult], int]:
        """Counts events whatever the quota: they happened. Results are in the order given; what
        is an EventResult already was refused before. Returns the log position too."""
        batch = _Batch(self._workspaces, self.clock(), cause)
        results = [
            event if isinstance(event, EventResult) else batch.add(event) for event in events
        ]
        if not batch.command.ids:
            return results, self.position
        answer = await self._commit_usage(batch.command)
        for result, identity in batch.waiting:
            status = answer.status(batch.command, identity)
            result.status = "rejected" if status == "refused" else status
        return results, answer.head

    async def record_message(
        self,
        workspace: str,
        usage_id: str,
        occurred_at: datetime | None,
        agent_id: str | None,
        cause: Cause,
    ) -> Recorded:
        """Counts a message only while the month that it lies in has room: check and record are
        one step."""
        moment = moment_of(occurred_at, self.clock())
        command, identity = self._unit("message", workspace, usage_id, moment, agent_id, cause)
        command.exact = True
        command.limit = self.state.plans.of(workspace).limit_of("message")
        answer = await self._commit_usage(command)
        return Recorded(answer.status(command, identity), answer.head, Month.of(moment))

    async def complete_first_turn(
        self,
        workspace: str,
        usage_id: str,
        occurred_at: datetime | None,
        agent_id: str | None,
        cause: Cause,
        *,
        playground: bool = False,
    ) -> FirstTurn:
        """Counts the conversation, once for ever, and ends its hold. Never refused by the quota."""
        moment = moment_of(occurred_at, self.clock())
        month = month_of(moment)[1]
        if playground:
            return FirstTurn("ignored", self.position, month, late=False)
        command, identity = self._unit("conversation", workspace, usage_id, moment, agent_id, cause)
        answer = await self._commit_usage(command)
        status = answer.status(command, identity)
        if status == "refused":
            raise AssertionError("first turns are not limited")
        return FirstTurn(status, answer.head, month, identity in answer.late)

    async def start_conversation(
        self,
        workspace: str,
        usage_id: str,
        agent_id: str | None,
        cause: Cause,
        *,
        playground: bool,
    ) -> Held:
        """Holds a unit while there is room. A conversation that is held or counted already is a
        duplicate and takes nothing."""
        expires_at = None if playground else self.clock() + self._hold_for
        action: Action = "playground" if playground else "start"
        answer = await self._change_hold(
            action, workspace, usage_id, cause, agent_id=agent_id, expires_at=expires_at
        )
        expiry = answer.expires_at
        ends = _UNIX + timedelta(microseconds=expiry) if expiry else None
        if answer.outcome == "started":
            return Held("started", answer.head, ends)
        if answer.outcome == "refused":
            return Held("refused", answer.head, None)
        ignored = answer.outcome == "playground"
        return Held("ignored" if ignored else "duplicate", answer.head, ends)

    async def release_conversation(self, workspace: str, usage_id: str, cause: Cause) -> HoldAnswer:
        """Frees the held unit. Repeating it changes nothing; the outcome says how it stands."""
        answer = await self._change_hold("release", workspace, usage_id, cause)
        if answer.outcome == "unknown":
            raise ConversationNotFound
        return answer

    async def expire_hold(self, workspace: str, usage_id: str, month: Month) -> str:
        cause = Cause("sweep")
        return (await self._change_hold("expire", workspace, usage_id, cause, month=month)).outcome

    def _unit(
        self,
        metric: Metric,
        workspace: str,
        usage_id: str,
        moment: datetime,
        agent_id: str | None,
        cause: Cause,
    ) -> tuple[RecordUsage, bytes]:
        number, month = month_of(moment)
        identity = self._workspaces.identity(workspace).of(KINDS[metric], usage_id)
        command = _usage_command()
        command.ids.append(identity)
        command.topics.append(TOPICS[metric])
        command.accounts.append((workspace, metric, number))
        command.states.append(
            usage_state(metric, moment, cause_state(cause), workspace, month, usage_id, agent_id)
        )
        return command, identity

    async def _commit_usage(self, command: RecordUsage) -> UsageAnswer:
        self._commits.submit(command)
        return await command.answer

    async def _change_hold(
        self,
        action: Action,
        workspace: str,
        usage_id: str,
        cause: Cause,
        *,
        agent_id: str | None = None,
        expires_at: datetime | None = None,
        month: Month | None = None,
    ) -> HoldAnswer:
        now = self.clock()
        number, text = month_of(month.start if month else now)
        identity = self._workspaces.identity(workspace)
        raw = cause_state(cause)
        if action in ("start", "playground"):
            state = started_state(now, raw, workspace, text, usage_id, agent_id, expires_at)
        else:
            reason = "released" if action == "release" else "expired"
            state = released_state(now, raw, workspace, text, usage_id, reason)
        command = ChangeHold(
            asyncio.get_running_loop().create_future(),
            time.monotonic(),
            NONE,
            action,
            identity.of(CONVERSATION, usage_id),
            identity.of(HOLD, usage_id),
            usage_id,
            state,
            expires_at or now,
            (workspace, "conversation", number),
            self.state.plans.of(workspace).limit_of("conversation"),
        )
        self._commits.submit(command)
        return await command.answer


class _Batch:
    """Collects the events of one request that are worth sending to the database."""

    def __init__(self, workspaces: Workspaces, now: datetime, cause: Cause) -> None:
        self.command = _usage_command()
        self.waiting: list[tuple[EventResult, bytes]] = []
        self._workspaces = workspaces
        self._now = now
        self._cause = cause_state(cause)
        self._seen: set[bytes] = set()

    def add(self, event: ReportedUsage) -> EventResult:
        workspace, metric = event.workspace_id, event.metric
        try:
            identity = self._workspaces.identity(workspace).of(KINDS[metric], event.id)
            moment = moment_of(event.occurred_at, self._now)
        except ValidationFailed as error:
            return EventResult(event.id, "rejected", error.text)
        if event.is_playground:
            return EventResult(event.id, "ignored")
        result = EventResult(event.id, "duplicate")
        if identity in self._seen:
            return result
        self._seen.add(identity)
        number, month = month_of(moment)
        command = self.command
        command.ids.append(identity)
        command.topics.append(TOPICS[metric])
        command.accounts.append((workspace, metric, number))
        command.states.append(
            usage_state(metric, moment, self._cause, workspace, month, event.id, event.agent_id)
        )
        self.waiting.append((result, identity))
        return result


def _usage_command() -> RecordUsage:
    answer: asyncio.Future[UsageAnswer] = asyncio.get_running_loop().create_future()
    return RecordUsage(answer, time.monotonic(), NONE, [], [], [], [])
