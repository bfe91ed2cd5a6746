"""Ends holds whose time has come."""

from __future__ import annotations

import asyncio

from kernel.clock import Clock
from runtime.postgres.database import Row
from services.metering.application.conversations import Conversations
from services.metering.application.months import month_from
from services.metering.application.recorder import UsageStore

SWEPT_AT_ONCE = 2_000


class HoldExpiry:
    """`sweep` is called from a worker's thread; the expiries themselves go through the group
    commit of the event loop, like every other command."""

    def __init__(self, store: UsageStore, conversations: Conversations, clock: Clock) -> None:
        self._store = store
        self._conversations = conversations
        self._clock = clock
        self._loop: asyncio.AbstractEventLoop | None = None

    def open(self) -> None:
        self._loop = asyncio.get_running_loop()

    def close(self) -> None:
        self._loop = None

    def sweep(self) -> int:
        """How many holds had run out. Does nothing while no event loop serves."""
        if self._loop is None:
            return 0
        due = self._store.database.rows(
            "SELECT workspace, usage_id, month FROM metering_holds "
            "WHERE status = 'held' AND expires_at <= %s ORDER BY expires_at LIMIT %s",
            (self._clock(), SWEPT_AT_ONCE),
        )
        if due:
            asyncio.run_coroutine_threadsafe(self._expire(due), self._loop).result(60)
        return len(due)

    async def _expire(self, due: list[Row]) -> None:
        await asyncio.gather(
            *(
                self._conversations.expire(
                    row["workspace"],
                    row["usage_id"],
                    month_from(row["month"]),
                )
                for row in due
            )
        )
