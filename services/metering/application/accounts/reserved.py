"""Reservations of declared meters."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from kernel.cause import Cause
from runtime.postgres.database import Database
from services.metering.application.accounts.command import AccountAnswer
from services.metering.application.accounts.desk import Desk
from services.metering.domain.accounts import reservations
from services.metering.domain.errors import AmbiguousReservation, ReservationNotFound

_METERS = "SELECT meter FROM metering_reservations WHERE workspace = %s AND id = %s"


@dataclass(frozen=True, slots=True)
class Settlement:
    value: int
    dimensions: Mapping[str, str] = field(default_factory=dict)


class Reserved:
    def __init__(self, desk: Desk, database: Database) -> None:
        self._desk = desk
        self._database = database

    def clock(self) -> datetime:
        return self._desk.clock()

    async def reserve(
        self,
        workspace: str,
        meter: str,
        usage_id: str,
        amount: int,
        expires_in: timedelta,
        cause: Cause,
    ) -> AccountAnswer:
        """Refused where there is no room. Raises WorkspaceUnknown."""
        self._desk.require_metered(workspace)
        terms, now = self._desk.terms(workspace, meter), self._desk.clock()
        command = self._desk.of_usage(
            workspace,
            meter,
            usage_id,
            lambda account, record: reservations.reserve(
                account, record, terms, usage_id, amount, now + expires_in, now
            ),
            cause,
        )
        return await self._desk.ask(command)

    async def settle(
        self,
        workspace: str,
        meter: str | None,
        usage_id: str,
        settlement: Settlement,
        cause: Cause,
    ) -> AccountAnswer:
        """Raises ReservationNotFound."""
        meter = meter or await self._meter_of(workspace, usage_id)
        definition = self._desk.meter(meter)
        definition.check(settlement.dimensions)
        terms, now = self._desk.terms(workspace, meter), self._desk.clock()
        value, dimensions = settlement.value, settlement.dimensions
        command = self._desk.of_usage(
            workspace,
            meter,
            usage_id,
            lambda account, record: reservations.settle(
                account, record, terms, value, dimensions, now
            ),
            cause,
        )
        return await self._desk.ask(command)

    async def release(
        self,
        workspace: str,
        meter: str | None,
        usage_id: str,
        reason: Literal["released", "expired"],
        cause: Cause,
    ) -> AccountAnswer:
        """Raises ReservationNotFound."""
        meter = meter or await self._meter_of(workspace, usage_id)
        now = self._desk.clock()
        command = self._desk.of_usage(
            workspace,
            meter,
            usage_id,
            lambda account, record: reservations.release(account, record, reason, now),
            cause,
        )
        return await self._desk.ask(command)

    async def _meter_of(self, workspace: str, usage_id: str) -> str:
        """Raises ReservationNotFound and AmbiguousReservation."""
        rows = await asyncio.to_thread(self._database.rows, _METERS, (workspace, usage_id))
        if not rows:
            raise ReservationNotFound
        if len(rows) > 1:
            raise AmbiguousReservation
        return str(rows[0]["meter"])
