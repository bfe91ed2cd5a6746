"""Stripe's invoices in the port's words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import stripe

from gateways.port import FailedPayment, InvoiceLine, InvoiceSnapshot, InvoiceStatus
from gateways.stripe.collected import Collected
from gateways.stripe.metadata import Installation, facts
from gateways.stripe.money import from_stripe
from gateways.stripe.references import reference
from gateways.stripe.timestamps import to_datetime, to_datetime_or_none

Part = stripe.Invoice.TotalDiscountAmount | stripe.Invoice.TotalTax

_STATUSES: dict[str, InvoiceStatus] = {
    "draft": "draft",
    "open": "open",
    "paid": "paid",
    "void": "void",
    "uncollectible": "uncollectible",
}


def invoice_snapshot(
    invoice: stripe.Invoice,
    collected: Collected,
    installation: Installation,
    fetched_at: datetime,
) -> InvoiceSnapshot:
    """`invoice` with all of its lines. `subtotal` is reckoned from the total: Stripe's own has
    the discounts of single items taken off already, and inclusive taxes not."""
    issued_at, transitions = _issued_at(invoice), invoice.status_transitions
    discount, tax = _amount(invoice.total_discount_amounts), _amount(invoice.total_taxes)
    minor = partial(_minor, invoice.currency)
    return InvoiceSnapshot(
        gateway="stripe",
        ref=invoice.id,
        number=invoice.number or invoice.id,
        status=_STATUSES.get(invoice.status or "draft", "open"),
        raw_status=invoice.status or "",
        fetched_at=fetched_at,
        issued_at=issued_at,
        due_at=to_datetime_or_none(invoice.due_date) or issued_at,
        paid_at=to_datetime_or_none(transitions.paid_at),
        voided_at=_given_up_at(transitions),
        currency=invoice.currency.upper(),
        total=minor(invoice.total),
        subtotal=minor(invoice.total + discount - tax),
        discount=minor(discount),
        tax=minor(tax),
        paid=minor(invoice.amount_paid),
        subscription=_subscription(invoice),
        customer=reference(invoice.customer) or None,
        workspace_id=installation.own(_metadata(invoice)).get("workspace_id", ""),
        command_id=installation.own(facts(invoice.metadata)).get("command_id", ""),
        failure=_failure(invoice, collected, issued_at),
        charge=invoice.id if collected.took_money else None,
        lines=tuple(_line(line) for line in invoice.lines.data),
        refunds=collected.refund_snapshots(),
        disputes=collected.dispute_snapshots(),
        url=invoice.hosted_invoice_url,
        pdf_url=invoice.invoice_pdf,
    )


def _amount(parts: Sequence[Part] | None) -> int:
    return sum(part.amount for part in parts or ())


def _minor(currency: str, amount: int) -> int:
    return from_stripe(amount, currency).amount


def _failure(
    invoice: stripe.Invoice, collected: Collected, issued_at: datetime
) -> FailedPayment | None:
    """One that only waits for its card holder leaves no charge, and no time of its own."""
    next_attempt_at = to_datetime_or_none(invoice.next_payment_attempt)
    failed = collected.last_failed
    if failed is not None:
        code = (failed.outcome.reason if failed.outcome else None) or failed.failure_code or ""
        return FailedPayment(to_datetime(failed.created), code, next_attempt_at)
    if invoice.status == "open" and invoice.attempted and not collected.charges:
        return FailedPayment(issued_at, "authentication_required", next_attempt_at)
    return None


def _issued_at(invoice: stripe.Invoice) -> datetime:
    finalized = invoice.status_transitions.finalized_at
    return to_datetime(invoice.created if finalized is None else finalized)


def _given_up_at(transitions: stripe.Invoice.StatusTransitions) -> datetime | None:
    return to_datetime_or_none(transitions.voided_at or transitions.marked_uncollectible_at)


def _subscription(invoice: stripe.Invoice) -> str | None:
    details = invoice.parent.subscription_details if invoice.parent else None
    return (reference(details.subscription) or None) if details else None


def _metadata(invoice: stripe.Invoice) -> dict[str, str]:
    """Its own, beside the subscription's at the time it was made."""
    details = invoice.parent.subscription_details if invoice.parent else None
    inherited = facts(details.metadata) if details else {}
    return inherited | facts(invoice.metadata)


def _line(line: stripe.InvoiceLineItem) -> InvoiceLine:
    included = sum(tax.amount for tax in line.taxes or [] if tax.tax_behavior == "inclusive")
    discount = sum(each.amount for each in line.discount_amounts or [])
    price = line.pricing.price_details if line.pricing else None
    return InvoiceLine(
        description=line.description or "",
        amount=from_stripe(line.subtotal - discount - included, line.currency).amount,
        price_ref=reference(price.price) if price else "",
        product_ref=price.product if price else "",
        quantity=line.quantity,
        period_start=to_datetime(line.period.start),
        period_end=to_datetime(line.period.end),
        proration=is_proration(line),
    )


def is_proration(line: stripe.InvoiceLineItem) -> bool:
    parent = line.parent
    if parent is None:
        return False
    details = parent.subscription_item_details or parent.invoice_item_details
    return details is not None and details.proration
