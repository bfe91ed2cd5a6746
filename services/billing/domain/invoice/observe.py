"""Snapshots of an invoice become events: the one path of webhooks, reconciliation and the sweep."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from gateways.port import InvoiceSnapshot
from kernel.events import DomainEvent
from services.billing.domain.invoice import events
from services.billing.domain.invoice.movements import disputed, refunded
from services.billing.domain.invoice.records import Line
from services.billing.domain.invoice.state import Invoice

Step = Callable[[Invoice, InvoiceSnapshot], Iterator[Any]]
# What an invoice comes to; it never goes back.
FORWARD = {"draft": 0, "open": 0, "uncollectible": 1, "void": 2, "paid": 2}


def decide_observe_invoice(
    invoice: Invoice | None, workspace: str, snapshot: InvoiceSnapshot
) -> list[DomainEvent]:
    """How the snapshot goes beyond what is known. Invoices only move forward, so that snapshots
    in any order, and twice, come to the same. Nothing for a draft."""
    decided: list[DomainEvent] = []
    if invoice is None:
        if snapshot.status == "draft":
            return []
        invoice = _issued(workspace, snapshot)
        decided.append(events.InvoiceIssued(timestamp=snapshot.issued_at, invoice=invoice))
    for step in STEPS:
        for event in step(invoice, snapshot):
            decided.append(event)
            invoice = event.invoice
    return decided


def _issued(workspace: str, snapshot: InvoiceSnapshot) -> Invoice:
    return Invoice(
        workspace=workspace,
        gateway=snapshot.gateway,
        ref=snapshot.ref,
        number=snapshot.number,
        currency=snapshot.currency,
        subtotal=snapshot.subtotal,
        discount=snapshot.discount,
        tax=snapshot.tax,
        total=snapshot.total,
        issued_at=snapshot.issued_at,
        due_at=snapshot.due_at,
        subscription=snapshot.subscription,
        customer=snapshot.customer,
        lines=tuple(_line(snapshot)),
        url=snapshot.url,
        pdf_url=snapshot.pdf_url,
    )


def _line(snapshot: InvoiceSnapshot) -> Iterator[Line]:
    for each in snapshot.lines:
        yield Line(
            description=each.description,
            amount=each.amount,
            price_ref=each.price_ref,
            quantity=each.quantity,
            period_start=each.period_start,
            period_end=each.period_end,
            proration=each.proration,
        )


def _amended(invoice: Invoice, snapshot: InvoiceSnapshot) -> Iterator[events.InvoiceEvent]:
    pays_now = snapshot.status == "paid" and invoice.gateway_status != "paid"
    amended = replace(
        invoice,
        paid=invoice.paid if pays_now else max(invoice.paid, snapshot.paid),
        charge=invoice.charge if pays_now else invoice.charge or snapshot.charge,
        due_at=max(filter(None, (invoice.due_at, snapshot.due_at)), default=None),
    )
    if amended != invoice:
        yield events.InvoiceAmended(timestamp=snapshot.fetched_at, invoice=amended)


def _failed(invoice: Invoice, snapshot: InvoiceSnapshot) -> Iterator[events.InvoiceEvent]:
    failure, known = snapshot.failure, invoice.failed_at
    if failure is None or FORWARD[invoice.gateway_status] == FORWARD["paid"]:
        return
    if known is None or failure.at > known:
        yield events.InvoicePaymentFailed(
            timestamp=failure.at,
            invoice=replace(_shown(invoice, snapshot), failed_at=failure.at),
            reason=failure.code,
            next_attempt_at=failure.next_attempt_at,
        )


def _paid(invoice: Invoice, snapshot: InvoiceSnapshot) -> Iterator[events.InvoiceEvent]:
    if snapshot.status != "paid" or FORWARD[invoice.gateway_status] == FORWARD["paid"]:
        return
    at = snapshot.paid_at or snapshot.issued_at
    paid = replace(
        _shown(invoice, snapshot),
        gateway_status="paid",
        paid=max(invoice.paid, snapshot.paid),
        paid_at=at,
        failed_at=None,
    )
    yield events.InvoicePaid(timestamp=at, invoice=paid)


def _voided(invoice: Invoice, snapshot: InvoiceSnapshot) -> Iterator[events.InvoiceEvent]:
    status = snapshot.status
    if (
        status not in ("void", "uncollectible")
        or FORWARD[status] <= FORWARD[invoice.gateway_status]
    ):
        return
    shown = replace(_shown(invoice, snapshot), gateway_status=status)
    yield events.InvoiceVoided(
        timestamp=snapshot.voided_at or snapshot.fetched_at,
        invoice=replace(shown, failed_at=None) if status == "void" else shown,
    )


def _shown(invoice: Invoice, snapshot: InvoiceSnapshot) -> Invoice:
    """With its pages, and the payment that is known of it."""
    return replace(
        invoice,
        charge=invoice.charge or snapshot.charge,
        url=snapshot.url or invoice.url,
        pdf_url=snapshot.pdf_url or invoice.pdf_url,
    )


STEPS: tuple[Step, ...] = (_amended, _failed, _paid, refunded, disputed, _voided)
