"""A refund that is due is asked of the gateway, and what came of it is recorded."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import structlog

from gateways.port import (
    CapabilityNotSupported,
    GatewayRejected,
    ReferenceNotFound,
    Refund,
    RefundSnapshot,
)
from kernel.cause import Cause
from kernel.clock import Clock
from kernel.errors import DomainError
from kernel.money import Money
from services.billing.application.observe_invoices import ObserveInvoices
from services.billing.application.observe_snapshot import Observations
from services.billing.domain.account.events import OverlapRefundDue, RefundDue
from services.billing.domain.account.refund import decide_refunded, decide_refuse_refund
from services.billing.domain.account.state import Account
from services.billing.domain.invoice.state import Invoice

log = structlog.get_logger()
REFUSALS = (GatewayRejected, CapabilityNotSupported, ReferenceNotFound)
OVERLAP = "Two subscriptions overlapped"
NOTHING_PAID = "nothing_paid: No payment is left that it could be taken from."


@dataclass(frozen=True, slots=True)
class MakeRefund:
    observations: Observations
    observe_invoices: ObserveInvoices
    clock: Clock

    def __call__(self, workspace: str, due: RefundDue, cause: Cause) -> Account:
        """May be repeated: the command is the gateway's idempotency key. Raises
        GatewayUnavailable, and the refund stays due."""
        record, at = partial(self.observations.accounts.record, workspace), self.clock()
        command, invoice = due.command_id, self._paid_by(due)
        if invoice is None or invoice.charge is None:
            return record(lambda a: decide_refuse_refund(a, command, NOTHING_PAID, at), cause=cause)
        amount = min(due.amount_cents, invoice.paid)
        outcome = self._ask(due, invoice.charge, amount)
        if isinstance(outcome, str):
            return record(lambda a: decide_refuse_refund(a, command, outcome, at), cause=cause)
        account = record(
            lambda a: decide_refunded(a, command, outcome.ref, amount, at), cause=cause
        )
        self._show(invoice, RefundSnapshot(outcome.ref, amount, outcome.status, at), cause)
        return account

    def _ask(self, due: RefundDue, charge: str, amount: int) -> Refund | str:
        """What the gateway did, or why it never will."""
        payments = self.observations.gateway(due.gateway).payments
        money = Money(amount, due.currency)
        reason = OVERLAP if isinstance(due, OverlapRefundDue) else due.reason
        try:
            refund = payments.refund(due.command_id, charge, money, reason)
        except REFUSALS as refusal:
            return f"{refusal.code}: {refusal.text}"
        if refund.status == "failed":
            return "refund_failed: The gateway could not give it back."
        return refund

    def _paid_by(self, due: RefundDue) -> Invoice | None:
        """Without an invoice's name, the last that was paid."""
        invoices = self.observe_invoices.invoices
        if due.invoice_ref:
            return invoices.find(due.gateway, due.invoice_ref)
        listed = invoices.of_subscription(due.gateway, due.subscription_ref)
        return next((each for each in listed if each.status == "paid" and each.charge), None)

    def _show(self, invoice: Invoice, given: RefundSnapshot, cause: Cause) -> None:
        """A gateway that does not answer shows it later."""
        try:
            self.observe_invoices.named(invoice.gateway, invoice.ref, cause, given)
        except DomainError as failure:
            log.warning("refund_not_shown", invoice=invoice.ref, code=failure.code)
