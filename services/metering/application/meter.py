"""What the use cases of metering share."""

from __future__ import annotations

from datetime import datetime

from kernel.cause import Cause
from kernel.clock import Clock
from services.metering.application.commands import ChangeHold, HoldAnswer, RecordUsage, UsageAnswer
from services.metering.application.group_commit import GroupCommit
from services.metering.application.live_state import LiveState
from services.metering.application.months import month_of
from services.metering.application.reported import Workspaces
from services.metering.application.stored import TOPICS, cause_state, usage_state
from services.metering.domain.identity import KINDS, Identity
from services.metering.domain.quota import Metric


class Meter:
    def __init__(self, state: LiveState, commits: GroupCommit, clock: Clock) -> None:
        self.state = state
        self.clock = clock
        self.workspaces = Workspaces()
        self._commits = commits

    @property
    def position(self) -> int:
        """Up to here of the log everything is taken in."""
        return self.state.positions.known

    def identity(self, workspace: str) -> Identity:
        return self.workspaces.identity(workspace)

    def limit_of(self, workspace: str, metric: Metric) -> int | None:
        return self.state.plans.of(workspace).limit_of(metric)

    async def record(self, command: RecordUsage) -> UsageAnswer:
        """Returns once it is durably stored. Raises Unavailable."""
        self._commits.submit(command)
        return await command.answer

    async def change_hold(self, command: ChangeHold) -> HoldAnswer:
        """Returns once it is durably stored. Raises Unavailable."""
        self._commits.submit(command)
        return await command.answer

    def unit(
        self,
        metric: Metric,
        workspace: str,
        usage_id: str,
        instant: datetime,
        agent_id: str | None,
        cause: Cause,
    ) -> RecordUsage:
        """The command that records one event; its only id is that of the event."""
        number, month = month_of(instant)
        identity = self.identity(workspace).of(KINDS[metric], usage_id)
        state = usage_state(
            metric, instant, cause_state(cause), workspace, month, usage_id, agent_id
        )
        command = RecordUsage()
        command.add(identity, TOPICS[metric], state, (workspace, metric, number))
        return command
