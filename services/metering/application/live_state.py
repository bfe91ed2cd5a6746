"""What hot checks are answered from: figures and plans in memory, current through the log."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable

import structlog
from prometheus_client import Counter

from kernel.clock import Clock
from runtime.postgres.database import PersistenceError
from services.metering.application.commands import AccountKey, Figures
from services.metering.application.figures import UsageFigures
from services.metering.application.log_positions import LogPositions
from services.metering.application.months import MonthNumber, month_of
from services.metering.application.plan_assignments import PlanAssignments, changes_since
from services.metering.application.recorder import UsageStore
from services.metering.application.standing import Standing, standing
from services.metering.domain.quota import Usage

log = structlog.get_logger()

LOOK_SECONDS = 1.0
LONGEST_GAP = 200_000
RELOADS = Counter(
    "metering_state_reloads_total", "Times that all was loaded anew, by why.", ["reason"]
)
Changed = Callable[[Iterable[tuple[AccountKey, Usage]]], None]


class LiveState:
    """Own commits are taken in by `committed` before their senders are answered; those of other
    processes, and billing's plan changes, when `heard` is called, or a second later at most.

    `changed` is told figures that changed here, `limits_changed` that limits did, `forgotten` that
    the log is not the one that was followed: all was loaded anew, while the old was answered from.
    """

    def __init__(
        self, store: UsageStore, clock: Clock, lag_bound: float, *, known_only: bool = False
    ) -> None:
        self._known_only = known_only
        self.figures = UsageFigures()
        self.plans = PlanAssignments(clock)
        self.positions = LogPositions()
        self.changed: Changed = lambda _: None
        self.limits_changed: Callable[[], None] = lambda: None
        self.forgotten: Callable[[], None] = lambda: None
        self._store = store
        self._clock = clock
        self._lag_bound = lag_bound
        self._current_at = float("-inf")
        self._heard = asyncio.Event()
        self._month = 0
        self._known: Standing | None = None
        self._meanwhile: list[Figures] | None = None
        self._task: asyncio.Task[None] | None = None
        self._taking_in_plans = asyncio.Lock()

    async def open(self) -> None:
        """Loads everything, then follows until `close`. The channels must be listened to before,
        so that nothing in between is missed."""
        await self._reload()
        self._task = asyncio.create_task(self._follow(), name="metering state")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def heard(self, _: str = "") -> None:
        self._heard.set()

    def committed(self, figures: Figures) -> None:
        """Called in the loop after an own commit."""
        if self._meanwhile is not None:
            self._meanwhile.append(figures)
        self.positions.committed(figures.previous, figures.head)
        if self.positions.gaps:
            self._heard.set()
        self.figures.put(figures.accounts)
        self.changed(figures.accounts)

    def behind(self) -> str | None:
        """What is wrong, when the log has not been followed for longer than the bound."""
        lag = time.monotonic() - self._current_at
        if lag <= self._lag_bound:
            return None
        return f"quota state is {lag:.1f} s behind" if lag < float("inf") else "not loaded yet"

    def meters(self, workspace: str) -> bool:
        """Whether anything may be counted for it: where `known_only`, billing has to know it."""
        return not self._known_only or self.plans.knows(workspace)

    @property
    def month(self) -> MonthNumber:
        return month_of(self._clock())[0]

    async def _follow(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._heard.wait(), LOOK_SECONDS)
            self._heard.clear()
            try:
                await self._catch_up()
            except PersistenceError as error:
                log.warning("metering_state_behind", error=str(error).strip())
                await asyncio.sleep(LOOK_SECONDS / 5)

    async def _catch_up(self) -> None:
        looked_at = time.monotonic()
        if await self._is_outdated():
            return
        await self.take_in_plans()
        self.positions.heard_of(await asyncio.to_thread(self._store.head))
        for gap in list(self.positions.gaps):
            if gap[1] - gap[0] > LONGEST_GAP:
                await self._reload()
                return
            accounts = await asyncio.to_thread(self._read_gap, gap)
            self.figures.put(accounts)
            self.positions.took_in(gap)
            self.changed(accounts)
        if self.month != self._month:
            self._month = self.month
            self.figures.forget_before(self._month)
        self._current_at = looked_at

    async def _is_outdated(self) -> bool:
        """Whether all had to be loaded anew."""
        known = self._known
        found = await self._standing(known.head if known else 0)
        reason = found.outdates(known) if known else ""
        if reason:
            log.warning("metering_memory_outdated", reason=reason)
            RELOADS.labels(reason).inc()
            await self._reload()
            self.forgotten()
        else:
            self._known = found
        return bool(reason)

    async def _standing(self, position: int) -> Standing:
        return await asyncio.to_thread(standing, self._store.database, position)

    def _read_gap(self, gap: tuple[int, int]) -> list[tuple[AccountKey, Usage]]:
        recorder = self._store.usage
        return recorder.figures_of(sorted(recorder.accounts_touched(*gap, self.month)))

    async def take_in_plans(self) -> None:
        """One at a time: a slower one would put back what a newer one has applied."""
        async with self._taking_in_plans:
            known = self.plans.revision
            changes = await asyncio.to_thread(changes_since, self._store.database, known)
            if changes.revision:
                self.plans.apply(changes)
                self.limits_changed()

    async def _reload(self) -> None:
        """Figures are at least as new as the head that was read before them; what is committed
        here meanwhile comes on top."""
        looked_at, month = time.monotonic(), self.month
        figures, plans, self._meanwhile = UsageFigures(), PlanAssignments(self._clock), []
        try:
            known = await self._standing(0)
            plans.apply(await asyncio.to_thread(changes_since, self._store.database, 0))
            figures.put(await asyncio.to_thread(list, self._store.usage.figures_from(month)))
            positions = LogPositions(known.head)
            for each in self._meanwhile:
                positions.committed(each.previous, each.head)
                figures.put(each.accounts)
        finally:
            self._meanwhile = None
        self.figures, self.plans, self.positions = figures, plans, positions
        self._month, self._known, self._current_at = month, known, looked_at
        self.limits_changed()
