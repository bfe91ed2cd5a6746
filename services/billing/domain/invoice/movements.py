"""What went back of an invoice's payment, and what its payer disputes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gateways.port import DisputeSnapshot, InvoiceSnapshot, RefundSnapshot
from services.billing.domain.invoice import events
from services.billing.domain.invoice.records import Dispute, Refund
from services.billing.domain.invoice.state import Invoice

# A dispute may be won on appeal after it was lost.
FORWARD = {"open": 0, "lost": 1, "won": 2}


def refunded(invoice: Invoice, snapshot: InvoiceSnapshot) -> Iterator[events.InvoiceEvent]:
    """A refund that failed was given first, whether or not that was seen."""
    for refund in sorted(snapshot.refunds, key=lambda each: each.at):
        if refund.ref not in invoice.refunds:
            invoice = _with_refund(invoice, refund, failed=False)
            yield events.InvoiceRefunded(
                timestamp=refund.at,
                invoice=invoice,
                refund_ref=refund.ref,
                amount_cents=refund.amount,
            )
        if refund.status == "failed" and not invoice.refunds[refund.ref].failed:
            invoice = _with_refund(invoice, refund, failed=True)
            yield events.InvoiceRefundFailed(
                timestamp=snapshot.fetched_at,
                invoice=invoice,
                refund_ref=refund.ref,
                amount_cents=refund.amount,
            )


def disputed(invoice: Invoice, snapshot: InvoiceSnapshot) -> Iterator[events.InvoiceEvent]:
    for dispute in sorted(snapshot.disputes, key=lambda each: each.opened_at):
        if dispute.ref not in invoice.disputes:
            invoice = _with_dispute(invoice, replace(dispute, status="open"))
            yield events.DisputeOpened(
                timestamp=dispute.opened_at,
                invoice=invoice,
                dispute_ref=dispute.ref,
                amount_cents=dispute.amount,
                reason=dispute.reason,
            )
        known = invoice.disputes[dispute.ref].status
        if dispute.status != "open" and FORWARD[dispute.status] > FORWARD[known]:
            invoice = _with_dispute(invoice, dispute)
            yield events.DisputeClosed(
                timestamp=dispute.closed_at or snapshot.fetched_at,
                invoice=invoice,
                dispute_ref=dispute.ref,
                amount_cents=dispute.amount,
                outcome=dispute.status,
            )


def _with_refund(invoice: Invoice, refund: RefundSnapshot, *, failed: bool) -> Invoice:
    given = Refund(amount=refund.amount, at=refund.at, failed=failed)
    return replace(invoice, refunds={**invoice.refunds, refund.ref: given})


def _with_dispute(invoice: Invoice, dispute: DisputeSnapshot) -> Invoice:
    shown = Dispute(amount=dispute.amount, status=dispute.status, reason=dispute.reason)
    return replace(invoice, disputes={**invoice.disputes, dispute.ref: shown})
