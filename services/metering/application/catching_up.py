"""Reading what was written before: waits until quotas show it."""

from __future__ import annotations

import asyncio

from runtime.readmodels.waiting import (
    AFTER_SECONDS,
    LOOK_EVERY,
    PositionUnknown,
    ProjectionBehind,
    Waiting,
)
from services.metering.application.accounts.purchased import PurchasedCredits
from services.metering.application.live_state import LiveState
from services.metering.application.recorder import SCHEMA, UsageStore

POLICIES = "metering.policies"
FOLLOWED = ("billing", "addons")


class CatchingUp:
    """`waiting` is for what the policies learn from other services."""

    def __init__(
        self,
        state: LiveState,
        store: UsageStore,
        waiting: Waiting,
        purchased: PurchasedCredits,
    ) -> None:
        self._state = state
        self._store = store
        self._waiting = waiting
        self._purchased = purchased

    async def until(self, service: str, sequence: int, workspace: str) -> None:
        """Raises what `Waiting` does. A service that nothing is learned from is not waited for."""
        if service in FOLLOWED:
            await self._waiting.until_applied(POLICIES, service, sequence, workspace)
            await self._state.take_in_plans()
            await self._purchased.settle(workspace)
        elif service == SCHEMA:
            await self._until_counted(sequence)

    async def _until_counted(self, sequence: int) -> None:
        """Own commits are counted before they are answered: only those of other processes, and
        positions that don't exist, have to be looked for."""
        if self._state.positions.known >= sequence:
            return
        after = f"{SCHEMA}:{sequence}"
        if sequence > await asyncio.to_thread(self._store.head):
            raise PositionUnknown(after=after)
        self._state.heard()
        try:
            async with asyncio.timeout(AFTER_SECONDS):
                while self._state.positions.known < sequence:
                    await asyncio.sleep(LOOK_EVERY)
        except TimeoutError:
            raise ProjectionBehind(consumer="metering.state", after=after) from None
