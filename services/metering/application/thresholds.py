"""Says once a month and metric that a quota is nearly or wholly used."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import structlog

from kernel.cause import Cause
from kernel.clock import Clock
from kernel.errors import Unavailable
from runtime.process.failed_items import FAILED
from services.metering.application.commands import AccountKey, RecordUsage, UsageAnswer
from services.metering.application.group_commit import GroupCommit
from services.metering.application.live_state import LiveState
from services.metering.application.months import month_from
from services.metering.application.stored import cause_state, threshold_state
from services.metering.domain.events import QuotaThresholdReached
from services.metering.domain.identity import Identity
from services.metering.domain.quota import Percent, Usage, percents_reached

log = structlog.get_logger()
WORK = "metering.thresholds"
_Notice = tuple[AccountKey, Percent]
WALK_PAUSE_EVERY = 2_000


class Thresholds:
    """Looks at every figure that changed and, when limits changed, at all of this month. The event
    has an id made of workspace, metric, month and percent, so saying it twice changes nothing:
    every process may say it, and a process that died before it could is replaced by the next."""

    def __init__(self, state: LiveState, commits: GroupCommit, clock: Clock) -> None:
        self._state = state
        self._commits = commits
        self._clock = clock
        self._said: set[_Notice] = set()
        self._walk: asyncio.Task[None] | None = None

    def look_at(self, accounts: Iterable[tuple[AccountKey, Usage]]) -> None:
        """Past months are closed: what still arrives for them warns of nothing."""
        for key, usage in accounts:
            try:
                self._look_at_one(key, usage)
            except Exception:
                # The next usage, limit or walk looks at it again; others are not kept waiting.
                FAILED.labels(WORK).inc()
                log.exception("item_failed", work=WORK, key=f"{key[0]}/{key[1]}")

    def _look_at_one(self, key: AccountKey, usage: Usage) -> None:
        limit = self._state.plans.of(key[0]).limit_of(key[1])
        if limit is None or usage.used * 5 < limit * 4 or key[2] < self._state.month:
            return
        for percent in percents_reached(limit, usage.used):
            if (key, percent) not in self._said:
                self._say((key, percent), usage, limit)

    def look_at_all(self) -> None:
        """In steps, so that requests are answered in between."""
        if self._walk is not None:
            self._walk.cancel()
        self._walk = asyncio.create_task(self._look_at_all(), name="quota thresholds")

    def close(self) -> None:
        if self._walk is not None:
            self._walk.cancel()

    async def _look_at_all(self) -> None:
        month = self._state.month
        self._said = {notice for notice in self._said if notice[0][2] >= month}
        for number, account in enumerate(self._state.figures.of_month(month)):
            if number % WALK_PAUSE_EVERY == 0:
                await asyncio.sleep(0)
            self.look_at((account,))

    def _say(self, notice: _Notice, usage: Usage, limit: int) -> None:
        (workspace, metric, number), percent = notice
        month = str(month_from(number))
        cause = cause_state(
            Cause("policy:quota_thresholds", causation_id=f"metering:{usage.position}")
        )
        state = threshold_state(
            self._clock(), cause, workspace, month, metric, percent, usage.used, limit
        )
        identity = Identity(workspace).of_threshold(metric, month, percent)
        command = RecordUsage()
        command.add(identity, QuotaThresholdReached.TOPIC, state, None)
        command.answer.add_done_callback(lambda answer: self._settle(notice, answer))
        self._said.add(notice)
        try:
            self._commits.submit(command)
        except Unavailable:
            self._said.discard(notice)

    def _settle(self, notice: _Notice, answer: asyncio.Future[UsageAnswer]) -> None:
        if answer.cancelled() or answer.exception() is not None:
            self._said.discard(notice)
