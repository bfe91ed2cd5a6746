"""What an event about an invoice says of money that came, went or did not come."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from contracts import billing

MoneyKind = Literal[
    "payment",
    "payment_failed",
    "refund",
    "refund_failed",
    "dispute_opened",
    "dispute_won",
    "dispute_lost",
]


def told(happened: billing.InvoiceEvent) -> Iterator[tuple[MoneyKind, int]]:
    """Kinds with amounts in minor units. Payments are not among them: they are the growth of what
    an invoice was paid. A failed payment is over what was still to be paid."""
    invoice = happened.invoice
    match happened:
        case billing.InvoicePaymentFailed():
            yield "payment_failed", max(invoice.total_cents - invoice.paid_cents, 0)
        case billing.InvoiceRefunded():
            yield "refund", happened.amount_cents
        case billing.InvoiceRefundFailed():
            yield "refund_failed", happened.amount_cents
        case billing.DisputeOpened():
            yield "dispute_opened", happened.amount_cents
        case billing.DisputeClosed(outcome="won"):
            yield "dispute_won", happened.amount_cents
        case billing.DisputeClosed():
            yield "dispute_lost", happened.amount_cents
