"""Invoices: one a period of a subscription, one a one-time sum."""

from __future__ import annotations

from typing import Literal

from msgspec.structs import replace

from gateways.sandbox.ledger import Ledger
from gateways.sandbox.lifecycle import invoice_amount
from gateways.sandbox.records import Charge, InvoiceRecord, Subscription
from kernel.money import Money

InvoiceStatus = Literal["paid", "open", "uncollectible"]


def for_period(ledger: Ledger, subscription: Subscription, status: InvoiceStatus) -> None:
    amount = invoice_amount(subscription)
    _write(ledger, subscription.customer, amount, status, subscription.id)


def for_charge(ledger: Ledger, charge: Charge) -> None:
    _write(ledger, charge.customer, charge.amount, "paid", None)


def settle_open(ledger: Ledger, subscription: Subscription, status: InvoiceStatus) -> None:
    """What is still asked of a subscription was paid, or given up."""
    for invoice in listed(ledger, None, subscription.id):
        if invoice.status == "open":
            ledger.put(replace(invoice, status=status))


def listed(ledger: Ledger, customer: str | None, subscription: str | None) -> list[InvoiceRecord]:
    """Newest first: all of the customer's, or those of one subscription."""
    return [
        invoice
        for invoice in reversed(list(ledger.every(InvoiceRecord)))
        if (customer and invoice.customer == customer)
        or (not customer and subscription and invoice.subscription == subscription)
    ]


def _write(
    ledger: Ledger,
    customer: str,
    amount: Money,
    status: InvoiceStatus,
    subscription: str | None,
) -> None:
    ledger.put(
        InvoiceRecord(
            id=f"SBX-{ledger.count(InvoiceRecord) + 1:06}",
            customer=customer,
            date=ledger.now,
            amount=amount,
            status=status,
            subscription=subscription,
        )
    )
