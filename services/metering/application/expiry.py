"""Ends holds whose time has come."""

from __future__ import annotations

import asyncio

from kernel.clock import Clock
from kernel.errors import Unavailable
from runtime.postgres.database import Row
from runtime.process.failed_items import FailedItems, not_put_off
from services.metering.application.conversations import Conversations
from services.metering.application.months import month_from
from services.metering.application.recorder import UsageStore

SWEPT_AT_ONCE = 2_000
WORK = "metering.expiry"
DUE = f"""
SELECT workspace, usage_id, month FROM metering_holds
 WHERE status = 'held' AND expires_at <= %s
   AND {not_put_off("workspace || '/' || usage_id")}
 ORDER BY expires_at LIMIT %s
"""


class HoldExpiry:
    """`sweep` is called from a worker's thread; the expiries themselves go through the group
    commit of the event loop, like every other command."""

    def __init__(self, store: UsageStore, conversations: Conversations, clock: Clock) -> None:
        self._store = store
        self._conversations = conversations
        self._clock = clock
        self._failed = FailedItems(store.database)
        self._loop: asyncio.AbstractEventLoop | None = None

    def open(self) -> None:
        self._loop = asyncio.get_running_loop()

    def close(self) -> None:
        self._loop = None

    def sweep(self) -> int:
        """How many holds had run out. Does nothing while no event loop serves."""
        if self._loop is None:
            return 0
        due = self._store.database.rows(DUE, (self._clock(), WORK, SWEPT_AT_ONCE))
        if due:
            expiring = asyncio.run_coroutine_threadsafe(self._expire(due), self._loop)
            for row, error in zip(due, expiring.result(60), strict=True):
                self._settle(row, error)
        return len(due)

    def _settle(self, row: Row, error: object) -> None:
        """One hold that can't be expired keeps no other; that nothing can be written at the moment
        is no hold's fault."""
        key = f"{row['workspace']}/{row['usage_id']}"
        if isinstance(error, Unavailable):
            raise error
        if isinstance(error, Exception):
            self._failed.note(WORK, key, error)
        else:
            self._failed.forget(WORK, key)

    async def _expire(self, due: list[Row]) -> list[object]:
        """For each what it raised, if anything."""
        return await asyncio.gather(
            *(
                self._conversations.expire(
                    row["workspace"],
                    row["usage_id"],
                    month_from(row["month"]),
                )
                for row in due
            ),
            return_exceptions=True,
        )
