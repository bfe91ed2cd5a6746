"""Invoices' events in the published language: the whole invoice in each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from contracts import billing as contract
from contracts.envelope import EventData
from kernel.events import DomainEvent
from services.billing.domain.invoice import events
from services.billing.domain.invoice.records import Line
from services.billing.domain.invoice.state import Invoice
from services.billing.published.plain import Convert


def _line(line: Line) -> contract.InvoiceLine:
    facts = asdict(line)
    facts["price_ref"] = line.price_ref or None
    return contract.InvoiceLine(amount_cents=facts.pop("amount"), **facts)


def whole(invoice: Invoice) -> contract.Invoice:
    return contract.Invoice(
        workspace_id=invoice.workspace,
        gateway=invoice.gateway,
        invoice_ref=invoice.ref,
        number=invoice.number,
        status=invoice.status,
        subscription_ref=invoice.subscription,
        customer_ref=invoice.customer,
        currency=invoice.currency,
        subtotal_cents=invoice.subtotal,
        discount_cents=invoice.discount,
        tax_cents=invoice.tax,
        total_cents=invoice.total,
        paid_cents=invoice.paid,
        refunded_cents=invoice.refunded,
        disputed_cents=invoice.disputed,
        issued_at=invoice.issued_at,
        due_at=invoice.due_at,
        paid_at=invoice.paid_at,
        url=invoice.url,
        pdf_url=invoice.pdf_url,
        lines=tuple(_line(each) for each in invoice.lines),
    )


def _invoice(kind: type[contract.InvoiceEvent]) -> Convert:
    """The fields beyond the invoice are stored under the names that they are published under."""
    copied = sorted(set(kind.model_fields) - {"workspace_id", "invoice"})

    def convert(event: events.InvoiceEvent) -> EventData:
        facts = {name: getattr(event, name) for name in copied}
        invoice = whole(event.invoice)
        return kind(workspace_id=event.invoice.workspace, invoice=invoice, **facts)

    return convert


CONTRACTS: Mapping[type[DomainEvent], Convert] = {
    events.InvoiceIssued: _invoice(contract.InvoiceIssued),
    events.InvoiceAmended: _invoice(contract.InvoiceAmended),
    events.InvoicePaid: _invoice(contract.InvoicePaid),
    events.InvoicePaymentFailed: _invoice(contract.InvoicePaymentFailed),
    events.InvoiceVoided: _invoice(contract.InvoiceVoided),
    events.InvoiceRefunded: _invoice(contract.InvoiceRefunded),
    events.InvoiceRefundFailed: _invoice(contract.InvoiceRefundFailed),
    events.DisputeOpened: _invoice(contract.DisputeOpened),
    events.DisputeClosed: _invoice(contract.DisputeClosed),
}
