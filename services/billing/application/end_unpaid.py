"""Ends what was not paid for within the time that its plan allows."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.cause import Cause
from kernel.clock import Clock
from services.billing.application.invoices import Invoices
from services.billing.application.perform_change import PerformChange
from services.billing.application.plans import Plans
from services.billing.domain.account.end_unpaid import decide_end_unpaid


@dataclass(frozen=True, slots=True)
class EndUnpaid:
    """`days` is the limit of plans that have none of their own."""

    perform_change: PerformChange
    invoices: Invoices
    plans: Plans
    clock: Clock
    days: int

    def __call__(self, workspace: str, cause: Cause) -> None:
        """Access ends whether or not the gateway answers; the intent is asked again until it
        does."""
        accounts, at = self.perform_change.observations.accounts, self.clock()
        account = accounts.find(workspace)
        live = account.live if account is not None else None
        if live is None or live.status != "past_due":
            return
        owed = self.invoices.of_subscription(live.gateway or "", live.ref or "", owed=True)
        own = self.plans.get(live.plan).terms.past_due_days
        days = self.days if own is None else own
        ended = accounts.record(
            workspace, lambda account: decide_end_unpaid(account, owed, days, at), cause
        )
        if ended.change is not None and ended.change != (account and account.change):
            self.perform_change(workspace, ended.change, cause)
