"""Says once a month, metric and quota in force that it is nearly or wholly used."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import structlog

from kernel.cause import Cause
from runtime.process.failed_items import FAILED
from services.metering.application.commands import AccountKey
from services.metering.application.live_state import LiveState
from services.metering.application.months import month_from
from services.metering.application.notices import WORK, Notice, Notices
from services.metering.application.recorder import UsageStore
from services.metering.application.stored import cause_state, meter_threshold_state, threshold_state
from services.metering.domain.accounts.account import Account
from services.metering.domain.accounts.ledger import used_in
from services.metering.domain.accounts.terms import Terms
from services.metering.domain.events import MeterThresholdReached, QuotaThresholdReached
from services.metering.domain.identity import Identity
from services.metering.domain.quota import Metric, Usage, percents_reached

log = structlog.get_logger()
WALK_PAUSE_EVERY = 2_000


_USED = """
SELECT b.workspace, b.meter, b.amount, a.position
  FROM metering_balances b JOIN metering_accounts a USING (workspace, meter) WHERE b.name = %s
"""


class Reached(NamedTuple):
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

    def event(self, at: datetime, usage: Usage) -> bytes:
        cause = Cause("policy:quota_thresholds", causation_id=f"metering:{usage.position}")
        month = str(month_from(self.month))
        context = (at, cause_state(cause), self.workspace, month)
        reached = (self.percent, usage.used, self.limit)
        if self.metric is None:
            return meter_threshold_state(*context, self.meter, *reached)
        return threshold_state(*context, self.metric, *reached)


class Thresholds:
    """Looks at every figure that changed and, when limits changed, at all of this month."""

    def __init__(self, state: LiveState, store: UsageStore, notices: Notices) -> None:
        self._state = state
        self._store = store
        self._notices = notices
        self._walk: asyncio.Task[None] | None = None
        self._first: asyncio.Task[None] | None = None

    def open(self) -> None:
        self._first = asyncio.create_task(self._look_at_accounts(), name="meter thresholds")

    async def close(self) -> None:
        for task in (self._walk, self._first):
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
            self._notices.say(Reached(workspace, metric, month, percent, limit, metric), usage)

    def look_at_account(self, account: Account, terms: Terms, position: int) -> None:
        """Of a declared meter, as it stands at that position."""
        limit = terms.quota.limit if terms.quota else None
        month = self._state.month
        used = account.used(str(month_from(month)))
        if limit is None or used * 5 < limit * 4:
            return
        for percent in percents_reached(limit, used, soft=terms.soft):
            reached = Reached(account.workspace, account.meter, month, percent, limit)
            self._notices.say(reached, Usage(used, 0, position))

    def look_at_all(self) -> None:
        """In steps, so that requests are answered in between."""
        if self._walk is not None:
            self._walk.cancel()
        self._walk = asyncio.create_task(self._look_at_all(), name="quota thresholds")

    async def _look_at_all(self) -> None:
        month = self._state.month
        self._notices.forget_before(month)
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
            terms = Terms(self._state.plans.of(workspace).quota_of(meter))
            self.look_at_account(Account(workspace, meter, {name: amount}), terms, position)


def said_without_quota(store: UsageStore, notices: Sequence[Notice]) -> set[Notice]:
    """Of 0.1.0, whose ids of thresholds did not name the quota."""
    of_id = {}
    for notice in notices:
        if isinstance(notice, Reached):
            facts = (notice.meter, str(month_from(notice.month)), notice.percent)
            of_id[Identity(notice.workspace).of_threshold(*facts)] = notice
    said = store.usage.thresholds_said(list(of_id))
    return {of_id[identity] for identity, limit in said if of_id[identity].limit == limit}
