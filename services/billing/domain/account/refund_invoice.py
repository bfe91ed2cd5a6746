"""Support gives back what was paid for an invoice, or a part of it."""

from __future__ import annotations

from datetime import datetime

from kernel.events import DomainEvent
from services.billing.domain.account.events import (
    InvoiceRefundRequested,
    RefundDue,
    RefundEvent,
    RefundMade,
)
from services.billing.domain.account.state import Account
from services.billing.domain.errors import InvoiceNotRefundable
from services.billing.domain.invoice.state import Invoice


def decide_refund_invoice(
    account: Account,
    invoice: Invoice,
    command_id: str,
    amount: int | None,
    reason: str,
    at: datetime,
) -> list[DomainEvent]:
    """All that is left without an `amount`. Nothing for a command that was decided already.
    Raises InvoiceNotRefundable."""
    if command_id in account.refunds:
        return []
    left = refundable(account, invoice)
    wanted = left if amount is None else amount
    if invoice.charge is None or not 0 < wanted <= left:
        raise InvoiceNotRefundable(refundable_cents=left)
    requested = InvoiceRefundRequested(
        timestamp=at,
        command_id=command_id,
        gateway=invoice.gateway,
        subscription_ref=invoice.subscription or "",
        amount_cents=wanted,
        currency=invoice.currency,
        invoice_ref=invoice.ref,
        reason=reason,
    )
    return [requested]


def refundable(account: Account, invoice: Invoice) -> int:
    """What is kept, less what is being given back and does not show yet."""
    unseen = sum(
        each.amount_cents
        for each in account.refunds.values()
        if (each.gateway, each.invoice_ref) == (invoice.gateway, invoice.ref)
        and _is_unseen(each, invoice)
    )
    return max(invoice.kept - unseen, 0)


def _is_unseen(refund: RefundEvent, invoice: Invoice) -> bool:
    if isinstance(refund, RefundMade):
        return refund.refund_ref not in invoice.refunds
    return isinstance(refund, RefundDue)
