"""What the doctor tells of money: invoices that a gateway shows otherwise, refunds that nobody
made."""

from __future__ import annotations

from collections.abc import Iterator

from kernel.errors import DomainError
from services.billing.application.findings import Finding, shown
from services.billing.application.observe_invoices import ObserveInvoices
from services.billing.domain.account.events import OverlapRefundRefused
from services.billing.domain.account.state import Account
from services.billing.domain.invoice.state import Invoice

COMPARED = ("status", "total", "paid", "refunded", "disputed", "due_at", "paid_at")


def money_findings(account: Account, observe: ObserveInvoices) -> Iterator[Finding]:
    """What observing would change, tried on copies that nobody saves."""
    for payer in observe.watched(account):
        try:
            snapshots = observe.shown(payer)
        except DomainError as failure:
            named = (account.workspace, payer.gateway, payer.ref)
            yield Finding("invoices_not_shown", *named, theirs=failure.code)
            continue
        for snapshot in snapshots:
            ours, theirs = observe.invoices.foresee(account.workspace, snapshot)
            yield from _differences(account.workspace, ours, theirs)
    yield from _not_given_back(account, observe)


def _differences(workspace: str, ours: Invoice | None, theirs: Invoice | None) -> Iterator[Finding]:
    for name in COMPARED if theirs is not None else ():
        mine, other = getattr(ours, name, None), getattr(theirs, name)
        if theirs is not None and mine != other:
            named = (workspace, theirs.gateway, theirs.ref, name)
            yield Finding("invoice_differs", *named, shown(mine), shown(other))


def _not_given_back(account: Account, observe: ObserveInvoices) -> Iterator[Finding]:
    """Until people have given at least as much back."""
    for refund in account.refunds.values():
        if not isinstance(refund, OverlapRefundRefused):
            continue
        invoice = observe.invoices.find(refund.gateway, refund.invoice_ref)
        if invoice is not None and invoice.kept and invoice.refunded < refund.amount_cents:
            amount = f"{refund.amount_cents} {refund.currency}"
            named = (account.workspace, refund.gateway, refund.invoice_ref)
            yield Finding("refund_refused", *named, ours=amount, theirs=refund.reason)
