"""Gives back what was paid for a time that another subscription covers too."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from gateways.port import (
    CapabilityNotSupported,
    GatewayRejected,
    ReferenceNotFound,
    Refund,
)
from kernel.cause import Cause
from kernel.clock import Clock
from kernel.events import DomainEvent
from kernel.money import Money
from services.billing.application.invoices import Invoices
from services.billing.application.observe_invoices import ObserveInvoices
from services.billing.application.observe_snapshot import Observations
from services.billing.domain.account.events import OverlapRefundDue
from services.billing.domain.account.records import Orphan
from services.billing.domain.account.refund_overlap import (
    decide_failed_refunds,
    decide_overlap_refunded,
    decide_overlap_refunds,
    decide_refuse_overlap_refund,
)
from services.billing.domain.account.schedule import DISPUTE_HORIZON
from services.billing.domain.account.state import Account
from services.billing.domain.invoice.state import Invoice

REFUSALS = (GatewayRejected, CapabilityNotSupported, ReferenceNotFound)
NOTHING_PAID = "nothing_paid: No payment is left that it could be taken from."


@dataclass(frozen=True, slots=True)
class RefundOverlaps:
    """Decides by the invoices that are known, so that what is paid later is given back later, and
    what is never paid never is."""

    observations: Observations
    observe_invoices: ObserveInvoices
    clock: Clock

    @property
    def invoices(self) -> Invoices:
        return self.observe_invoices.invoices

    def __call__(self, workspace: str, cause: Cause) -> None:
        account = self.observations.accounts.find(workspace)
        since = self.clock() - DISPUTE_HORIZON
        for orphan in list(account.orphans.values()) if account is not None else []:
            if orphan.may_be_refunded and orphan.since > since:
                self._decide(workspace, orphan, cause)
        account = self.observations.accounts.find(workspace)
        for due in account.refunds_due if account is not None else []:
            self._refund(workspace, due, cause)

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

    def _refund(self, workspace: str, due: OverlapRefundDue, cause: Cause) -> None:
        record, at = partial(self.observations.accounts.record, workspace), self.clock()
        command, invoice = due.command_id, self._paid_by(due)
        if invoice is None or invoice.charge is None:
            record(
                lambda account: decide_refuse_overlap_refund(account, command, NOTHING_PAID, at),
                cause=cause,
            )
            return
        amount = min(due.amount_cents, invoice.paid)
        outcome = self._ask(due, invoice.charge, amount)
        if isinstance(outcome, str):
            record(
                lambda account: decide_refuse_overlap_refund(account, command, outcome, at),
                cause=cause,
            )
            return
        record(
            lambda account: decide_overlap_refunded(account, command, outcome.ref, amount, at),
            cause=cause,
        )
        self.observe_invoices.named(due.gateway, invoice.ref, cause)

    def _ask(self, due: OverlapRefundDue, charge: str, amount: int) -> Refund | str:
        """What the gateway did, or why it never will."""
        payments = self.observations.gateway(due.gateway).payments
        money = Money(amount, due.currency)
        try:
            refund = payments.refund(due.command_id, charge, money, "Two subscriptions overlapped")
        except REFUSALS as refusal:
            return f"{refusal.code}: {refusal.text}"
        if refund.status == "failed":
            return "refund_failed: The gateway could not give it back."
        return refund

    def _paid_by(self, due: OverlapRefundDue) -> Invoice | None:
        """Without an invoice's name, the last that was paid."""
        if due.invoice_ref:
            return self.invoices.find(due.gateway, due.invoice_ref)
        listed = self.invoices.of_subscription(due.gateway, due.subscription_ref)
        return next((each for each in listed if each.status == "paid" and each.charge), None)
