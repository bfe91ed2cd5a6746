"""What the use cases of metering share."""

from __future__ import annotations

import asyncio

from kernel.clock import Clock
from services.metering.application.accounts.command import ChangeAccount
from services.metering.application.commands import (
    ChangeHold,
    HoldAnswer,
    MessagesAnswer,
    RecordMessages,
    RecordUsage,
    UsageAnswer,
)
from services.metering.application.group_commit import GroupCommit
from services.metering.application.live_state import LiveState
from services.metering.application.reported import Workspaces
from services.metering.domain.identity import Identity
from services.metering.domain.quota import Metric


class Meter:
    def __init__(self, state: LiveState, commits: GroupCommit, clock: Clock) -> None:
        self.state = state
        self.clock = clock
        self.workspaces = Workspaces(state.meters)
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

    async def record_messages(self, command: RecordMessages) -> MessagesAnswer:
        """Returns once it is durably stored. Raises Unavailable."""
        self._commits.submit(command)
        return await command.answer

    async def record_all(self, *commands: RecordUsage | RecordMessages | ChangeAccount) -> None:
        """Returns once all are durably stored. Raises Unavailable when they were not taken, or when
        that is unknown of one of them: then others may be stored."""
        self._commits.submit(*commands)
        await asyncio.gather(*(command.answer for command in commands))

    async def change_hold(self, command: ChangeHold) -> HoldAnswer:
        """Returns once it is durably stored. Raises Unavailable."""
        self._commits.submit(command)
        return await command.answer
