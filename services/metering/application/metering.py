"""Checking quotas and recording usage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from kernel.cause import Cause
from kernel.month import Month
from services.metering.application.accounts.metered import MeteredUsage
from services.metering.application.batch import Batch, EventResult
from services.metering.application.commands import RecordMessages, Status
from services.metering.application.meter import Meter
from services.metering.application.months import number_of
from services.metering.application.reported import ReportedUsage, instant_of
from services.metering.application.stored import cause_state
from services.metering.domain.identity import MESSAGE
from services.metering.domain.quota import Metric, Plan, Usage, allows_one_more


@dataclass(frozen=True, slots=True)
class Check:
    """Whether one more unit may be taken now. `position` is where in the log `usage` holds,
    `revision` where in the plans' history `plan` does."""

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


class Metering:
    def __init__(self, meter: Meter, usage: MeteredUsage) -> None:
        self._meter = meter
        self._usage = usage
        self.clock = meter.clock

    @property
    def position(self) -> int:
        return self._meter.position

    def check(self, workspace: str, metric: Metric, month: Month | None = None) -> Check:
        """From memory; of the present month by default."""
        state = self._meter.state
        month = month or Month.of(self.clock())
        usage = state.figures.of(workspace, metric, number_of(month))
        plan = state.plans.of(workspace)
        limit = plan.limit_of(metric)
        allowed = allows_one_more(limit, usage)
        position = max(state.positions.known, usage.position)
        return Check(allowed, metric, limit, usage, plan, position, state.plans.revision, month)

    async def record_usage(
        self, events: Sequence[ReportedUsage | EventResult], cause: Cause
    ) -> tuple[list[EventResult], int]:
        """Counts events whatever the quota: they happened. Results are in the order given; what
        is an EventResult already was refused before. Returns the log position too."""
        batch = Batch(
            self._meter.workspaces,
            self.clock(),
            cause,
            lambda event: self._usage.reporting(event, cause),
        )
        results = [
            event if isinstance(event, EventResult) else batch.add(event) for event in events
        ]
        if not batch.commands:
            return results, self.position
        await self._meter.record_all(*batch.commands)
        return results, batch.settle()

    async def record_message(
        self,
        workspace: str,
        usage_id: str,
        occurred_at: datetime | None,
        dimensions: Mapping[str, str] | None,
        cause: Cause,
        *,
        exact: bool = True,
    ) -> Recorded:
        """Counts a message only while the month that it lies in has room, check and record being
        one step; not `exact` in any case."""
        instant = instant_of(occurred_at, self.clock())
        identity = self._meter.identity(workspace).of(MESSAGE, usage_id)
        limit = self._meter.limit_of(workspace, "message")
        command = RecordMessages(bytes(cause_state(cause)), exact=exact, limit=limit)
        command.add(identity, workspace, instant, usage_id, dimensions)
        answer = await self._meter.record_messages(command)
        return Recorded(answer.status(0), answer.head, Month.of(instant))
