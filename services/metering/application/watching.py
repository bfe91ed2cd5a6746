"""What follows from figures that change is noticed and said."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from kernel.clock import Clock
from services.metering.application.accounts.desk import Desk
from services.metering.application.commands import AccountKey
from services.metering.application.group_commit import GroupCommit
from services.metering.application.live_state import LiveState
from services.metering.application.low_credits import LowCredits
from services.metering.application.notices import Notices
from services.metering.application.recorder import UsageStore
from services.metering.application.thresholds import Thresholds, said_without_quota
from services.metering.domain.accounts.account import Account
from services.metering.domain.accounts.terms import Terms
from services.metering.domain.quota import Usage


class Watching:
    def __init__(
        self,
        state: LiveState,
        store: UsageStore,
        commits: GroupCommit,
        desk: Desk,
        clock: Clock,
    ) -> None:
        self._notices = Notices(commits, clock, partial(said_without_quota, store))
        self._thresholds = Thresholds(state, store, self._notices)
        self._low_credits = LowCredits(state, self._notices, desk)

    def open(self) -> None:
        self._notices.open()
        self._thresholds.open()

    async def close(self) -> None:
        await self._low_credits.close()
        await self._thresholds.close()
        await self._notices.close()

    def figures_changed(self, accounts: Iterable[tuple[AccountKey, Usage]]) -> None:
        self._thresholds.look_at(accounts)

    def account_changed(self, account: Account, terms: Terms, position: int) -> None:
        self._thresholds.look_at_account(account, terms, position)
        self._low_credits.look_at_account(account, terms, position)

    def limits_changed(self) -> None:
        """Or rules did."""
        self._thresholds.look_at_all()
        self._low_credits.look_at_new()

    def forget(self) -> None:
        """The log is not the one that was followed."""
        self._notices.forget()
        self._thresholds.look_at_all()
        self._low_credits.forget()
