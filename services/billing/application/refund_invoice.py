"""Support gives back what was paid for an invoice."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.cause import Cause
from kernel.clock import Clock
from kernel.events import DomainEvent
from kernel.ids import derived_id, new_id
from services.billing.application.make_refund import MakeRefund
from services.billing.domain.account.events import InvoiceRefundRequested, RefundDue, RefundRefused
from services.billing.domain.account.refund_invoice import decide_refund_invoice
from services.billing.domain.account.state import Account
from services.billing.domain.errors import InvoiceNotFound, InvoiceRefundNotMade
from services.billing.domain.invoice.state import Invoice


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """`amount` in minor units, None: all that is left. `key` makes a repeated request the same
    refund."""

    ref: str
    amount: int | None
    reason: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class RefundInvoice:
    make_refund: MakeRefund
    clock: Clock

    def __call__(self, workspace: str, order: RefundOrder, cause: Cause) -> Invoice:
        """Decided on what the gateway shows now. Raises InvoiceNotFound, InvoiceNotRefundable and
        InvoiceRefundNotMade."""
        observe = self.make_refund.observe_invoices
        accounts, at = observe.observations.accounts, self.clock()
        known = self._known(workspace, order.ref, cause)
        observe.named(known.gateway, known.ref, cause)
        invoice = observe.invoices.find(known.gateway, known.ref) or known
        command = _command(accounts.load(workspace).account, invoice, order)

        def decide(account: Account) -> list[DomainEvent]:
            return decide_refund_invoice(account, invoice, command, order.amount, order.reason, at)

        refund = accounts.record(workspace, decide, cause).refunds[command]
        if isinstance(refund, RefundDue):
            refund = self.make_refund(workspace, refund, cause).refunds[command]
        if isinstance(refund, RefundRefused):
            raise InvoiceRefundNotMade(reason=refund.reason)
        return observe.invoices.find(known.gateway, known.ref) or known

    def _known(self, workspace: str, ref: str, cause: Cause) -> Invoice:
        observe = self.make_refund.observe_invoices
        found = observe.invoices.of_workspace(workspace, ref)
        account = observe.observations.accounts.find(workspace)
        if found is None and account is not None:
            observe.of_account(account, cause)
            found = observe.invoices.of_workspace(workspace, ref)
        if found is None:
            raise InvoiceNotFound(invoice=ref)
        return found


def _command(account: Account, invoice: Invoice, order: RefundOrder) -> str:
    """Without a key, one whose end is not known yet is the same when all of it is."""
    if order.key:
        return derived_id("rfd", account.workspace, invoice.gateway, invoice.ref, order.key)
    for due in account.refunds_due:
        if isinstance(due, InvoiceRefundRequested) and due.invoice_ref == invoice.ref:
            same = order.amount in (None, due.amount_cents) and order.reason == due.reason
            if same:
                return due.command_id
    return new_id("rfd")
