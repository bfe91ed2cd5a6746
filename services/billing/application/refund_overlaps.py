"""Gives back what was paid for a time that another subscription covers too."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from gateways.port import Gateway
from kernel.cause import Cause
from kernel.clock import Clock
from kernel.money import Money
from services.billing.application.observe_snapshot import Observations
from services.billing.domain.account.events import OverlapRefundDue
from services.billing.domain.account.refund_overlap import decide_refund_overlap

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class RefundOverlaps:
    observations: Observations
    clock: Clock

    def __call__(self, workspace: str, cause: Cause) -> None:
        account = self.observations.accounts.find(workspace)
        for due in list(account.refunds_due.values()) if account is not None else []:
            self._refund(workspace, due, cause)

    def _refund(self, workspace: str, due: OverlapRefundDue, cause: Cause) -> None:
        """Left due, for the doctor to show, where the gateway names no payment to take it from."""
        gateway = self.observations.gateway(due.gateway)
        charge = _last_payment(gateway, due.subscription_ref)
        if charge is None:
            log.warning("overlap_refund_by_hand", workspace=workspace, ref=due.subscription_ref)
            return
        amount = Money(due.amount_cents, due.currency)
        refund = gateway.payments.refund(
            due.command_id, charge, amount, "Two subscriptions overlapped"
        )
        if refund.status == "failed":
            log.warning("overlap_refund_failed", workspace=workspace, ref=due.subscription_ref)
            return
        at = self.clock()
        self.observations.accounts.record(
            workspace,
            lambda account: decide_refund_overlap(account, due.command_id, refund.ref, at),
            cause,
        )


def _last_payment(gateway: Gateway, subscription: str) -> str | None:
    invoices = gateway.subscriptions.invoices(None, subscription)
    return next((each.charge for each in invoices if each.status == "paid" and each.charge), None)
