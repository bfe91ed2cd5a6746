"""Starting, counting and releasing conversations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from kernel.cause import SWEEP, Cause
from kernel.month import Month
from services.metering.application.commands import Action, ChangeHold, HoldAnswer, RecordUsage
from services.metering.application.meter import Meter
from services.metering.application.months import month_of
from services.metering.application.reported import instant_of
from services.metering.application.stored import (
    TOPICS,
    cause_state,
    released_state,
    started_state,
    usage_state,
)
from services.metering.domain.errors import ConversationNotFound
from services.metering.domain.identity import CONVERSATION, HOLD

HOLD_FOR = timedelta(minutes=30)
_UNIX = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Held:
    """`expires_at` is None where nothing is held."""

    status: Literal["started", "duplicate", "ignored", "refused"]
    position: int
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class FirstTurn:
    """`late`: the hold had expired before."""

    status: Literal["inserted", "duplicate", "ignored"]
    position: int
    month: str
    late: bool = False


class Conversations:
    def __init__(self, meter: Meter, hold_for: timedelta = HOLD_FOR) -> None:
        self._meter = meter
        self._hold_for = hold_for

    async def start(
        self, workspace: str, usage_id: str, agent_id: str | None, cause: Cause
    ) -> Held:
        """Holds a unit while there is room. A conversation that is held or counted already is a
        duplicate and takes nothing."""
        now = self._meter.clock()
        expires_at = now + self._hold_for
        facts = (now, cause_state(cause), workspace, month_of(now)[1], usage_id, agent_id)
        state = started_state(*facts, expires_at)
        return _held(await self._change("start", workspace, usage_id, state, now, expires_at))

    async def start_playground(
        self, workspace: str, usage_id: str, agent_id: str | None, cause: Cause
    ) -> Held:
        """Holds nothing, and sees to it that this conversation never counts."""
        now = self._meter.clock()
        facts = (now, cause_state(cause), workspace, month_of(now)[1], usage_id, agent_id)
        state = started_state(*facts, None)
        return _held(await self._change("playground", workspace, usage_id, state, now, now))

    async def complete_first_turn(
        self,
        workspace: str,
        usage_id: str,
        occurred_at: datetime | None,
        agent_id: str | None,
        cause: Cause,
    ) -> FirstTurn:
        """Counts the conversation, once for ever, and ends its hold. Never refused by the quota."""
        instant = instant_of(occurred_at, self._meter.clock())
        number, month = month_of(instant)
        identity = self._meter.identity(workspace).of(CONVERSATION, usage_id)
        facts = (instant, cause_state(cause), workspace, month, usage_id, agent_id)
        command = RecordUsage()
        command.add(
            *(identity, TOPICS["conversation"], usage_state("conversation", *facts)),
            (workspace, "conversation", number),
        )
        answer = await self._meter.record(command)
        status = answer.status(command, identity)
        if status == "refused":
            raise AssertionError("a first turn has no limit")
        return FirstTurn(status, answer.head, month, identity in answer.late)

    async def ignore_first_turn(
        self, workspace: str, usage_id: str, occurred_at: datetime | None, cause: Cause
    ) -> FirstTurn:
        """Of a playground conversation. Was it started as another, its unit is free again and it
        will never count."""
        month = month_of(instant_of(occurred_at, self._meter.clock()))[1]
        released = await self._release(workspace, usage_id, cause)
        if released.outcome not in ("released", "expired"):
            return FirstTurn("ignored", released.head, month)
        held = await self.start_playground(workspace, usage_id, None, cause)
        return FirstTurn("ignored", held.position, month)

    async def release(self, workspace: str, usage_id: str, cause: Cause) -> HoldAnswer:
        """Frees the held unit. Repeating it changes nothing; the outcome says how it stands.
        Raises ConversationNotFound for what was never started."""
        answer = await self._release(workspace, usage_id, cause)
        if answer.outcome == "unknown":
            raise ConversationNotFound
        return answer

    async def _release(self, workspace: str, usage_id: str, cause: Cause) -> HoldAnswer:
        now = self._meter.clock()
        facts = (now, cause_state(cause), workspace, month_of(now)[1], usage_id)
        state = released_state(*facts, "released")
        return await self._change("release", workspace, usage_id, state, now, now)

    async def expire(self, workspace: str, usage_id: str, month: Month) -> HoldAnswer:
        """Ends a hold of that month whose time is over; otherwise it stays unchanged."""
        now = self._meter.clock()
        cause = cause_state(SWEEP)
        state = released_state(now, cause, workspace, str(month), usage_id, "expired")
        return await self._change("expire", workspace, usage_id, state, month.start, now)

    async def _change(
        self,
        action: Action,
        workspace: str,
        usage_id: str,
        state: bytes,
        instant: datetime,
        expires_at: datetime,
    ) -> HoldAnswer:
        """`instant` lies in the month whose unit is concerned."""
        identity = self._meter.identity(workspace)
        command = ChangeHold(
            action,
            identity.of(CONVERSATION, usage_id),
            identity.of(HOLD, usage_id),
            usage_id,
            state,
            expires_at,
            (workspace, "conversation", month_of(instant)[0]),
            self._meter.limit_of(workspace, "conversation"),
        )
        return await self._meter.change_hold(command)


def _held(answer: HoldAnswer) -> Held:
    ends = _UNIX + timedelta(microseconds=answer.expires_at) if answer.expires_at else None
    match answer.outcome:
        case "started":
            return Held("started", answer.head, ends)
        case "refused":
            return Held("refused", answer.head, None)
        case "playground":
            return Held("ignored", answer.head, None)
        case _:
            return Held("duplicate", answer.head, ends)
