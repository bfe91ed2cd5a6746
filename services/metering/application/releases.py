"""When the next held unit of a workspace comes back by itself."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from datetime import datetime, timedelta

from kernel.clock import Clock
from runtime.postgres.database import Database
from services.metering.application.months import MonthNumber

KNOWN_FOR = timedelta(seconds=1)
LARGEST = 1_000
_NEXT = """
SELECT min(expires_at) FROM metering_holds
 WHERE workspace = %s AND month = %s AND status = 'held'
"""
_NEXT_OF_METER = """
SELECT min(expires_at) FROM metering_reservations
 WHERE workspace = %s AND meter = %s AND expires_at IS NOT NULL
"""


class Releases:
    """Asked on the hot path, but only of a workspace that is refused: for a second an answer is
    kept, so that a crowd costs one question."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._kept: OrderedDict[tuple[str, MonthNumber | str], tuple[datetime, datetime | None]]
        self._kept = OrderedDict()

    async def next(self, workspace: str, month: MonthNumber) -> datetime | None:
        """Of a conversation. None: nothing is held any more."""
        return await self._next(_NEXT, (workspace, month))

    async def next_of(self, workspace: str, meter: str) -> datetime | None:
        """Of a declared meter."""
        return await self._next(_NEXT_OF_METER, (workspace, meter))

    async def _next(self, query: str, key: tuple[str, MonthNumber | str]) -> datetime | None:
        now = self._clock()
        kept = self._kept.get(key)
        if kept is not None and now - kept[0] < KNOWN_FOR:
            return kept[1]
        rows = await asyncio.to_thread(self._database.tuples, query, key)
        found: datetime | None = rows[0][0]
        self._kept[key] = (now, found)
        if len(self._kept) > LARGEST:
            self._kept.popitem(last=False)
        return found
