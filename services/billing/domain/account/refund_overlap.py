"""What was really paid for a time that another subscription covers too is to be given back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from kernel.events import DomainEvent
from services.billing.domain.account.events import OverlapRefundDue, OverlapRefunded
from services.billing.domain.account.records import Orphan
from services.billing.domain.account.refund import refused
from services.billing.domain.account.state import Account
from services.billing.domain.invoice.share import unused
from services.billing.domain.invoice.state import Invoice


def decide_overlap_refunds(
    account: Account, orphan: Orphan, invoices: Sequence[Invoice], at: datetime
) -> list[DomainEvent]:
    """`invoices` of the superseded subscription, newest first. Of each, once, the share of what is
    kept that it leaves unused, less the credits that were given for it; nothing of what was not
    paid. What is paid later is decided on then."""
    if not orphan.may_be_refunded or _was_due_as_a_whole(account, orphan):
        return []
    credit = -sum(min(_unused(orphan, each), 0) for each in invoices)
    decided: list[DomainEvent] = []
    for invoice in invoices:
        share = max(_unused(orphan, invoice), 0)
        credit, due = max(credit - share, 0), max(share - credit, 0)
        if due and _command(orphan, invoice) not in account.refunds:
            decided.append(_due(orphan, invoice, due, at))
    return decided


def decide_failed_refunds(
    account: Account, invoices: Sequence[Invoice], at: datetime
) -> list[DomainEvent]:
    """Given back and yet here again: the payer's bank did not take it."""
    failed = {
        ref for invoice in invoices for ref, refund in invoice.refunds.items() if refund.failed
    }
    return [
        refused(refunded, "refund_failed: The money did not reach the payer.", at)
        for refunded in account.refunds.values()
        if isinstance(refunded, OverlapRefunded) and refunded.refund_ref in failed
    ]


def _was_due_as_a_whole(account: Account, orphan: Orphan) -> bool:
    return f"overlap:{orphan.subscription.ref}" in account.refunds


def _command(orphan: Orphan, invoice: Invoice) -> str:
    return f"overlap:{orphan.subscription.ref}:{invoice.ref}"


def _unused(orphan: Orphan, invoice: Invoice) -> int:
    start, end = orphan.subscription.period_start, orphan.subscription.period_end
    return unused(invoice, orphan.since, (start, end) if start and end else None)


def _due(orphan: Orphan, invoice: Invoice, amount: int, at: datetime) -> OverlapRefundDue:
    return OverlapRefundDue(
        timestamp=at,
        command_id=_command(orphan, invoice),
        gateway=invoice.gateway,
        subscription_ref=orphan.subscription.ref or "",
        amount_cents=amount,
        currency=invoice.currency,
        invoice_ref=invoice.ref,
    )
