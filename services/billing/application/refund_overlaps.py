"""Gives back what is due, and what was paid for a time that another subscription covers too."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.cause import Cause
from kernel.clock import Clock
from kernel.events import DomainEvent
from services.billing.application.invoices import Invoices
from services.billing.application.make_refund import MakeRefund
from services.billing.application.observe_snapshot import Observations
from services.billing.domain.account.records import Orphan
from services.billing.domain.account.refund_overlap import (
    decide_failed_refunds,
    decide_overlap_refunds,
)
from services.billing.domain.account.schedule import DISPUTE_HORIZON
from services.billing.domain.account.state import Account
from services.billing.domain.invoice.state import Invoice


@dataclass(frozen=True, slots=True)
class RefundOverlaps:
    """Decides by the invoices that are known, so that what is paid later is given back later, and
    what is never paid never is."""

    observations: Observations
    invoices: Invoices
    make_refund: MakeRefund
    clock: Clock

    def __call__(self, workspace: str, cause: Cause) -> None:
        account = self.observations.accounts.find(workspace)
        since = self.clock() - DISPUTE_HORIZON
        for orphan in list(account.orphans.values()) if account is not None else []:
            if orphan.may_be_refunded and orphan.since > since:
                self._decide(workspace, orphan, cause)
        account = self.observations.accounts.find(workspace)
        for due in account.refunds_due if account is not None else []:
            self.make_refund(workspace, due, cause)

    def _decide(self, workspace: str, orphan: Orphan, cause: Cause) -> None:
        at, invoices = self.clock(), self._of(orphan)

        def decide(account: Account) -> list[DomainEvent]:
            return [
                *decide_overlap_refunds(account, orphan, invoices, at),
                *decide_failed_refunds(account, invoices, at),
            ]

        self.observations.accounts.record(workspace, decide, cause)

    def _of(self, orphan: Orphan) -> list[Invoice]:
        subscription = orphan.subscription
        return self.invoices.of_subscription(subscription.gateway or "", subscription.ref or "")
