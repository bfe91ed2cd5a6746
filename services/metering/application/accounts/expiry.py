"""Ends reservations and grants whose time has come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from kernel.cause import SWEEP
from kernel.clock import Clock
from kernel.errors import Unavailable
from runtime.postgres.database import Database, Row
from runtime.process.failed_items import FailedItems, not_put_off
from services.metering.application.accounts.credited import Credits
from services.metering.application.accounts.reserved import Reserved

SWEPT_AT_ONCE = 1_000
WORK = "metering.account_expiry"
_DUE = """
SELECT workspace, meter, id FROM {table}
 WHERE {condition} expires_at <= %s
   AND {free}
 ORDER BY expires_at LIMIT %s
"""
_FREE = not_put_off("workspace || '/' || meter || '/' || id")
RESERVATIONS = _DUE.format(table="metering_reservations", condition="", free=_FREE)
GRANTS = _DUE.format(table="metering_grants", condition="ended IS NULL AND", free=_FREE)
End = Callable[[Row], Coroutine[Any, Any, object]]


class AccountExpiry:
    """`sweep` is called from a worker's thread; the expiries themselves are decided like every
    other command, in the event loop."""

    def __init__(
        self, database: Database, reserved: Reserved, credited: Credits, clock: Clock
    ) -> None:
        self._database = database
        self._reserved = reserved
        self._credits = credited
        self._clock = clock
        self._failed = FailedItems(database)
        self._loop: asyncio.AbstractEventLoop | None = None

    def open(self) -> None:
        self._loop = asyncio.get_running_loop()

    def close(self) -> None:
        self._loop = None

    def sweep(self) -> int:
        """How many had run out. Does nothing while no event loop serves."""
        return self._sweep(RESERVATIONS, self._release) + self._sweep(GRANTS, self._end_grant)

    def _sweep(self, query: str, end: End) -> int:
        if self._loop is None:
            return 0
        due = self._database.rows(query, (self._clock(), WORK, SWEPT_AT_ONCE))
        if due:
            ending = asyncio.run_coroutine_threadsafe(_all(due, end), self._loop)
            for row, error in zip(due, ending.result(60), strict=True):
                self._settle(row, error)
        return len(due)

    def _settle(self, row: Row, error: object) -> None:
        """One that can't be ended keeps no other; that nothing can be written at the moment is
        nobody's fault."""
        key = f"{row['workspace']}/{row['meter']}/{row['id']}"
        if isinstance(error, Unavailable):
            raise error
        if isinstance(error, Exception):
            self._failed.note(WORK, key, error)
        else:
            self._failed.forget(WORK, key)

    async def _release(self, row: Row) -> object:
        facts = (row["workspace"], row["meter"], row["id"])
        return await self._reserved.release(*facts, "expired", SWEEP)

    async def _end_grant(self, row: Row) -> object:
        return await self._credits.expire(row["workspace"], row["meter"], row["id"], SWEEP)


async def _all(due: list[Row], end: End) -> list[object]:
    """For each what it raised, if anything."""
    return await asyncio.gather(*map(end, due), return_exceptions=True)
