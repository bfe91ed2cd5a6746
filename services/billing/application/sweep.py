"""Looks at what may have moved although nobody told: open checkouts, periods that are over,
orphans, lost cancellations, intents without an outcome."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from gateways.port import Gateway, GatewayUnavailable
from kernel.cause import SWEEP, Cause
from kernel.clock import Clock
from runtime.process.failed_items import FailedItems
from services.billing.application.accounts import Accounts
from services.billing.application.settlement import Settlement

WORK = "billing.sweep"
ACCOUNTS_PER_RUN = 200
ACCOUNTS_PER_SECOND = 5.0


@dataclass(slots=True)
class _Run:
    """`silent`: gateways that did not answer; `last`: when each was asked about an account."""

    looked: int = 0
    concerned: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    last: dict[str, float] = field(default_factory=dict)


class Sweep:
    """One process at a time runs it. No gateway is asked about more than `per_second` accounts a
    second, and none again in a run in which it did not answer."""

    def __init__(
        self,
        accounts: Accounts,
        settlement: Settlement,
        gateways: Mapping[str, Gateway],
        clock: Clock,
        *,
        per_second: float = ACCOUNTS_PER_SECOND,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._accounts = accounts
        self._settlement = settlement
        self._gateways = gateways
        self._clock = clock
        self._pause = 1 / per_second
        self._sleep = sleep
        self._failed = FailedItems(accounts.store.database)

    def __call__(self, cause: Cause = SWEEP) -> int:
        """Returns how many accounts were looked at."""
        run = _Run()
        for workspace in self._accounts.due(self._clock(), ACCOUNTS_PER_RUN):
            look = partial(self._look, workspace, run, cause)
            failure = self._failed.attempt(WORK, workspace, look)
            if failure is not None:
                self._accounts.put_off(workspace, self._clock())
                if isinstance(failure.error, GatewayUnavailable):
                    run.silent |= run.concerned
        return run.looked

    def _look(self, workspace: str, run: _Run, cause: Cause) -> bool:
        run.concerned = set()
        run.concerned = self._gateways_of(workspace)
        if run.concerned & run.silent:
            return False
        self._wait_for(run.concerned, run.last)
        run.looked += 1
        self._settlement.settle(workspace, cause)
        return True

    def _gateways_of(self, workspace: str) -> set[str]:
        account = self._accounts.find(workspace)
        if account is None:
            return set()
        names: list[str | None] = [account.live.gateway if account.live is not None else None]
        names += [each.gateway for each in account.checkouts.values() if each.may_be_paid]
        names += [
            each.subscription.gateway for each in account.orphans.values() if not each.confirmed
        ]
        return {name for name in names if name is not None and name in self._gateways}

    def _wait_for(self, gateways: set[str], last: dict[str, float]) -> None:
        ready = max((last.get(name, 0.0) + self._pause for name in gateways), default=0.0)
        now = time.monotonic()
        if ready > now:
            self._sleep(ready - now)
        for name in gateways:
            last[name] = time.monotonic()
