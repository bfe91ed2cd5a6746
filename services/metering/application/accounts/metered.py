"""Usage of declared meters: recorded, looked up, corrected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from kernel.cause import Cause
from services.metering.application.accounts.command import AccountAnswer, ChangeAccount
from services.metering.application.accounts.desk import Desk
from services.metering.application.reported import ReportedUsage, instant_of
from services.metering.domain.accounts import usage
from services.metering.domain.accounts.records import UsageRecord
from services.metering.domain.accounts.usage import Correction, Used
from services.metering.domain.errors import UsageNotFound


@dataclass(frozen=True, slots=True)
class Reported:
    """As a caller says it. `exact`: only if there is room."""

    usage_id: str
    value: int | None = None
    dimensions: Mapping[str, str] = field(default_factory=dict)
    occurred_at: datetime | None = None
    exact: bool = False


class MeteredUsage:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def clock(self) -> datetime:
        return self._desk.clock()

    def recording(
        self, workspace: str, meter: str, reported: Reported, cause: Cause
    ) -> ChangeAccount:
        """Raises MeterNotFound, WorkspaceUnknown and ValidationFailed."""
        self._desk.require_metered(workspace)
        definition = self._desk.meter(meter)
        definition.check(reported.dimensions)
        now = self._desk.clock()
        used = Used(
            reported.usage_id,
            definition.value_of(reported.value),
            instant_of(reported.occurred_at, now),
            reported.dimensions,
            reported.exact,
        )
        terms = self._desk.terms(workspace, meter)
        return self._desk.of_usage(
            workspace,
            meter,
            reported.usage_id,
            lambda account, record: usage.record_usage(account, record, terms, used, now),
            cause,
        )

    def reporting(self, event: ReportedUsage, cause: Cause) -> ChangeAccount:
        """Of what happened, whatever there is. Raises MeterNotFound and ValidationFailed."""
        reported = Reported(event.id, event.value, event.dimensions or {}, event.occurred_at)
        return self.recording(event.workspace_id, event.counted_by, reported, cause)

    async def record(
        self, workspace: str, meter: str, reported: Reported, cause: Cause
    ) -> AccountAnswer:
        """An exact one is refused where there is no room."""
        return await self._desk.ask(self.recording(workspace, meter, reported, cause))

    async def find(self, workspace: str, meter: str, usage_id: str) -> UsageRecord:
        """Raises UsageNotFound for what was never counted or reserved."""
        record = (await self._desk.find(workspace, meter, usage_id)).record
        if not isinstance(record, UsageRecord):
            raise UsageNotFound
        return record

    async def correct(
        self, workspace: str, meter: str, usage_id: str, correction: Correction, cause: Cause
    ) -> AccountAnswer:
        """Raises UsageNotFound, and ValidationFailed for a value that the meter does not count."""
        definition = self._desk.meter(meter)
        if correction.value:
            definition.value_of(correction.value)
        terms, now = self._desk.terms(workspace, meter), self._desk.clock()
        command = self._desk.of_usage(
            workspace,
            meter,
            usage_id,
            lambda account, record: usage.correct(account, record, terms, correction, now),
            cause,
        )
        return await self._desk.ask(command)
