"""Invoices: one a period of a subscription, one a one-time sum."""

from __future__ import annotations

from msgspec.structs import replace

from gateways.sandbox.simulation.ledger import Ledger
from gateways.sandbox.simulation.lifecycle import invoice_amount
from gateways.sandbox.simulation.records import Charge, InvoiceRecord, InvoiceStatus, Subscription
from kernel.ids import new_id
from kernel.money import Money


def for_period(ledger: Ledger, subscription: Subscription, status: InvoiceStatus) -> None:
    amount = invoice_amount(subscription)
    charge = _payment(ledger, subscription, amount) if status == "paid" else None
    _write(ledger, subscription.customer, amount, status, subscription.id, charge)


def for_charge(ledger: Ledger, charge: Charge) -> None:
    _write(ledger, charge.customer, charge.amount, "paid", None, charge.id)


def settle_open(ledger: Ledger, subscription: Subscription, status: InvoiceStatus) -> None:
    """What is still asked of a subscription was paid, or given up."""
    for invoice in listed(ledger, None, subscription.id):
        if invoice.status == "open":
            paid = status == "paid"
            charge = _payment(ledger, subscription, invoice.amount) if paid else None
            ledger.put(replace(invoice, status=status, charge=charge))


def _payment(ledger: Ledger, subscription: Subscription, amount: Money) -> str:
    """Not announced: the subscription's own events name it."""
    charge = Charge(
        id=new_id("ch"),
        workspace_id=subscription.workspace_id,
        customer=subscription.customer,
        amount=amount,
        description=f"Subscription {subscription.id}",
        status="succeeded",
    )
    return ledger.put(charge).id


def listed(ledger: Ledger, customer: str | None, subscription: str | None) -> list[InvoiceRecord]:
    """Newest first: those of one subscription, or else all of the customer's."""
    return [
        invoice
        for invoice in reversed(list(ledger.every(InvoiceRecord)))
        if (subscription and invoice.subscription == subscription)
        or (not subscription and customer and invoice.customer == customer)
    ]


def named(ledger: Ledger, ref: str) -> InvoiceRecord:
    """By its own reference or by that of the charge that paid it."""
    found = (each for each in ledger.every(InvoiceRecord) if ref in (each.id, each.charge))
    invoice = next(found, None)
    return ledger.get(InvoiceRecord, ref) if invoice is None else invoice


def _write(
    ledger: Ledger,
    customer: str,
    amount: Money,
    status: InvoiceStatus,
    subscription: str | None,
    charge: str | None,
) -> None:
    ledger.put(
        InvoiceRecord(
            id=f"SBX-{ledger.count(InvoiceRecord) + 1:06}",
            customer=customer,
            date=ledger.now,
            amount=amount,
            status=status,
            subscription=subscription,
            charge=charge,
        )
    )
