"""Says once a month, metric and quota in force that it is nearly or wholly used."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

import structlog

from kernel.cause import Cause
from kernel.clock import Clock
from kernel.errors import Unavailable
from runtime.process.failed_items import FAILED
from services.metering.application.commands import AccountKey, RecordUsage
from services.metering.application.group_commit import GroupCommit
from services.metering.application.live_state import LiveState
from services.metering.application.months import month_from
from services.metering.application.recorder import UsageStore
from services.metering.application.stored import cause_state, meter_threshold_state, threshold_state
from services.metering.domain.accounts.account import Account
from services.metering.domain.accounts.ledger import used_in
from services.metering.domain.accounts.terms import Terms
from services.metering.domain.events import MeterThresholdReached, QuotaThresholdReached
from services.metering.domain.identity import Identity
from services.metering.domain.quota import Metric, Usage, percents_reached

log = structlog.get_logger()
WORK = "metering.thresholds"
WALK_PAUSE_EVERY = 2_000
AT_ONCE = 200
PAUSE = 0.2  # seconds before what could not be stored is tried again


_USED = """
SELECT b.workspace, b.meter, b.amount, a.position
  FROM metering_balances b JOIN metering_accounts a USING (workspace, meter) WHERE b.name = %s
"""


class _Notice(NamedTuple):
    """`metric` None: of the declared `meter`."""

    workspace: str
    meter: str
    month: int
    percent: int
    limit: int
    metric: Metric | None = None

    def identity(self) -> bytes:
        facts = (self.meter, str(month_from(self.month)), self.percent)
        return Identity(self.workspace).of_threshold(*facts, self.limit)

    @property
    def topic(self) -> str:
        return (QuotaThresholdReached if self.metric else MeterThresholdReached).TOPIC


class Thresholds:
    """Looks at every figure that changed and, when limits changed, at all of this month. The event
    has an id made of workspace, metric, month, percent and quota, so saying it twice changes
    nothing: every process may say it, and a process that died before it could is replaced by the
    next.

    What is to be said waits here, not among the commands of customers: some of it is stored at
    once, and as long as that took nothing more is."""

    def __init__(
        self, state: LiveState, store: UsageStore, commits: GroupCommit, clock: Clock
    ) -> None:
        self._state = state
        self._store = store
        self._commits = commits
        self._clock = clock
        self._noticed: set[_Notice] = set()
        self._unsaid: dict[_Notice, Usage] = {}
        self._wake = asyncio.Event()
        self._walk: asyncio.Task[None] | None = None
        self._saying: asyncio.Task[None] | None = None
        self._first: asyncio.Task[None] | None = None

    def open(self) -> None:
        self._saying = asyncio.create_task(self._say_all(), name="quota notices")
        self._first = asyncio.create_task(self._look_at_accounts(), name="meter thresholds")

    async def close(self) -> None:
        """What is not said yet is found by the next process."""
        for task in (self._walk, self._saying, self._first):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

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
        workspace, metric, month = key
        for percent in percents_reached(limit, usage.used):
            self._notice(_Notice(workspace, metric, month, percent, limit, metric), usage)

    def look_at_account(self, account: Account, terms: Terms, position: int) -> None:
        """Of a declared meter, as it stands at that position."""
        limit = terms.quota.limit if terms.quota else None
        month = self._state.month
        used = account.used(str(month_from(month)))
        if limit is None or used * 5 < limit * 4:
            return
        for percent in percents_reached(limit, used, soft=terms.soft):
            notice = _Notice(account.workspace, account.meter, month, percent, limit)
            self._notice(notice, Usage(used, 0, position))

    def _notice(self, notice: _Notice, usage: Usage) -> None:
        if notice not in self._noticed:
            self._noticed.add(notice)
            self._unsaid[notice] = Usage(usage.used, usage.held, usage.position)
            self._wake.set()

    def look_at_all(self) -> None:
        """In steps, so that requests are answered in between."""
        if self._walk is not None:
            self._walk.cancel()
        self._walk = asyncio.create_task(self._look_at_all(), name="quota thresholds")

    def forget(self) -> None:
        """What was said may be gone with the log; what is still there is not said twice."""
        self._noticed.clear()
        self.look_at_all()

    async def _look_at_all(self) -> None:
        month = self._state.month
        self._noticed = {notice for notice in self._noticed if notice.month >= month}
        for number, account in enumerate(self._state.figures.of_month(month)):
            if number % WALK_PAUSE_EVERY == 0:
                await asyncio.sleep(0)
            self.look_at((account,))

    async def _look_at_accounts(self) -> None:
        """Once: what a process before this one did not come to say. Later each is looked at when
        it changes."""
        name = used_in(str(month_from(self._state.month)))
        rows = await asyncio.to_thread(self._store.database.tuples, _USED, (name,))
        for number, (workspace, meter, amount, position) in enumerate(rows):
            if number % WALK_PAUSE_EVERY == 0:
                await asyncio.sleep(0)
            terms = Terms(self._state.plans.of(workspace).quotas.get(meter))
            self.look_at_account(Account(workspace, meter, {name: amount}), terms, position)

    async def _say_all(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._unsaid:
                began = time.monotonic()
                notices = list(islice(self._unsaid, AT_ONCE))
                await asyncio.sleep(time.monotonic() - began if await self._say(notices) else PAUSE)

    async def _say(self, notices: Sequence[_Notice]) -> bool:
        """Whether they are stored now."""
        command = RecordUsage()
        try:
            said = await asyncio.to_thread(self._said_without_quota, notices)
            for notice in notices:
                if notice not in said:
                    state = self._event(notice, self._unsaid[notice])
                    command.add(notice.identity(), notice.topic, state, None)
            if len(command):
                self._commits.submit(command)
                await command.answer
        except Unavailable:
            return False
        except Exception:
            FAILED.labels(WORK).inc()
            log.exception("item_failed", work=WORK, key=f"{len(notices)} notices")
            return False
        for notice in notices:
            del self._unsaid[notice]
        return True

    def _event(self, notice: _Notice, usage: Usage) -> bytes:
        cause = Cause("policy:quota_thresholds", causation_id=f"metering:{usage.position}")
        month = str(month_from(notice.month))
        context = (self._clock(), cause_state(cause), notice.workspace, month)
        reached = (notice.percent, usage.used, notice.limit)
        if notice.metric is None:
            return meter_threshold_state(*context, notice.meter, *reached)
        return threshold_state(*context, notice.metric, *reached)

    def _said_without_quota(self, notices: Sequence[_Notice]) -> set[_Notice]:
        """Of 0.1.0, whose ids did not name the quota."""
        of_id = {}
        for notice in notices:
            month = str(month_from(notice.month))
            identity = Identity(notice.workspace).of_threshold(notice.meter, month, notice.percent)
            of_id[identity] = notice
        return {
            of_id[identity]
            for identity, limit in self._store.usage.thresholds_said(list(of_id))
            if of_id[identity].limit == limit
        }
