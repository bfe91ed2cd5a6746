"""Says that few units of an account are left, where the add-on service wants to know: a rule of its
own buys credits then."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import datetime
from typing import NamedTuple

import structlog

from kernel.cause import Cause
from kernel.errors import DomainError
from kernel.month import Month
from runtime.process.failed_items import FAILED
from services.metering.application.accounts.desk import Desk
from services.metering.application.live_state import LiveState
from services.metering.application.months import month_from, number_of
from services.metering.application.notices import Notices
from services.metering.application.stored import cause_state, credits_low_state
from services.metering.domain.accounts.account import Account
from services.metering.domain.accounts.terms import Terms, room
from services.metering.domain.events import CreditsLow
from services.metering.domain.identity import LOW, Identity
from services.metering.domain.quota import Usage

log = structlog.get_logger()
WORK = "metering.low_credits"


class RanLow(NamedTuple):
    """`age` is that of the account's next grant: new credits that are too few are said again."""

    workspace: str
    meter: str
    month: int
    rule_id: str
    below: int
    day: str
    age: int

    @property
    def id(self) -> str:
        return f"{self.rule_id}:{self.day}:{self.age}"

    def identity(self) -> bytes:
        return Identity(self.workspace).of(LOW, f"{self.meter}:{self.id}")

    @property
    def topic(self) -> str:
        return CreditsLow.TOPIC

    def event(self, at: datetime, usage: Usage) -> bytes:
        cause = Cause("policy:low_credits", causation_id=f"metering:{usage.position}")
        month = str(month_from(self.month))
        context = (at, cause_state(cause), self.workspace, month, self.meter)
        return credits_low_state(*context, self.id, self.rule_id, usage.used, self.below)


class LowCredits:
    """Looks at every account that changes, and at those of rules that are new here."""

    def __init__(self, state: LiveState, notices: Notices, desk: Desk) -> None:
        self._state = state
        self._notices = notices
        self._desk = desk
        self._looked: set[str] = set()
        self._walk: asyncio.Task[None] | None = None

    async def close(self) -> None:
        if self._walk is not None:
            self._walk.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._walk

    def look_at_account(self, account: Account, terms: Terms, position: int) -> None:
        rule = self._state.plans.top_ups.get((account.workspace, account.meter))
        if rule is None:
            return
        now = self._desk.clock()
        month = Month.of(now)
        left = room(account, terms, str(month), now).remaining
        if left is None or left >= rule.below:
            return
        facts = (account.workspace, account.meter, number_of(month), rule.id, rule.below)
        ran_low = RanLow(*facts, now.date().isoformat(), account.number)
        self._notices.say(ran_low, Usage(left, 0, position))

    def look_at_new(self) -> None:
        """Rules that are new: their credits may be low already."""
        rules = self._state.plans.top_ups
        if any(rule.id not in self._looked for rule in rules.values()) and (
            self._walk is None or self._walk.done()
        ):
            self._walk = asyncio.create_task(self._look_at_new(), name="low credits")

    def forget(self) -> None:
        self._looked.clear()
        self.look_at_new()

    async def _look_at_new(self) -> None:
        while True:
            rules = self._state.plans.top_ups
            new = [key for key, rule in rules.items() if rule.id not in self._looked]
            if not new:
                return
            for key in new:
                await self._look_at(*key)

    async def _look_at(self, workspace: str, meter: str) -> None:
        rule = self._state.plans.top_ups.get((workspace, meter))
        try:
            answer = await self._desk.look(workspace, meter)
            terms = self._desk.terms(workspace, meter)
            self.look_at_account(answer.account, terms, answer.position)
        except DomainError as error:
            # The next change of the account looks at it again.
            FAILED.labels(WORK).inc()
            log.warning("item_failed", work=WORK, key=f"{workspace}/{meter}", error=error.code)
        if rule is not None:
            self._looked.add(rule.id)
