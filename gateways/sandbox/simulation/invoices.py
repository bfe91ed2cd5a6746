"""Invoices: one a period of a subscription, one a one-time sum."""

from __future__ import annotations

from msgspec.structs import replace

from gateways.port import FailedPayment, InvoiceLine
from gateways.sandbox.simulation.bills import bill_of
from gateways.sandbox.simulation.ledger import Ledger
from gateways.sandbox.simulation.records import (
    Charge,
    InvoiceRecord,
    InvoiceStatus,
    PendingSwap,
    Subscription,
)
from kernel.ids import new_id
from kernel.money import Money


def for_period(
    ledger: Ledger, subscription: Subscription, status: InvoiceStatus, code: str = ""
) -> InvoiceRecord:
    """One that asks nothing is paid without a payment. `code`: why it could not be collected."""
    bill = bill_of(subscription)
    now, amount = ledger.now, Money(bill.total, subscription.amount.currency)
    paid = status == "paid" or (status == "open" and not bill.total and not code)
    return ledger.put(
        InvoiceRecord(
            id=_number(ledger),
            customer=subscription.customer,
            workspace_id=subscription.workspace_id,
            date=now,
            amount=amount,
            discount=bill.discount,
            lines=bill.lines,
            status="paid" if paid else status,
            subscription=subscription.id,
            charge=_payment(ledger, subscription, amount) if paid else None,
            paid_at=now if paid else None,
            given_up_at=now if status == "void" else None,
            failure=FailedPayment(now, code) if code else None,
        )
    )


def for_charge(ledger: Ledger, charge: Charge) -> None:
    line = InvoiceLine(charge.description, charge.amount.amount, quantity=1)
    ledger.put(
        InvoiceRecord(
            id=_number(ledger),
            command_id=charge.command_id,
            customer=charge.customer,
            workspace_id=charge.workspace_id,
            date=ledger.now,
            amount=charge.amount,
            lines=(line,),
            status="paid",
            charge=charge.id,
            paid_at=ledger.now,
        )
    )


def settle_open(ledger: Ledger, subscription: Subscription, status: InvoiceStatus) -> str | None:
    """What is still asked of a subscription was paid, or given up. The newest of it."""
    settled = None
    for invoice in reversed(listed(ledger, None, subscription.id)):
        if invoice.status == "open" and not _is_pending(ledger, invoice.id):
            settled = invoice.id
            if status == "paid":
                pay(ledger, subscription, settled)
            else:
                ledger.put(replace(invoice, status=status, given_up_at=ledger.now))
    return settled


def pay(ledger: Ledger, subscription: Subscription, ref: str) -> None:
    invoice = ledger.get(InvoiceRecord, ref)
    charge = _payment(ledger, subscription, invoice.amount)
    ledger.put(replace(invoice, status="paid", charge=charge, paid_at=ledger.now))


def drop_pending(ledger: Ledger, subscription: str) -> None:
    """A change that was never confirmed is not made; its invoice is void."""
    for pending in list(ledger.every(PendingSwap)):
        if pending.subscription == subscription and pending.open:
            ledger.put(replace(pending, open=False))
            invoice = ledger.get(InvoiceRecord, pending.id)
            ledger.put(replace(invoice, status="void", given_up_at=ledger.now))


def _is_pending(ledger: Ledger, invoice: str) -> bool:
    pending = ledger.find(PendingSwap, invoice)
    return pending is not None and pending.open


def _payment(ledger: Ledger, subscription: Subscription, amount: Money) -> str | None:
    """Not announced: the subscription's own events name it. None where nothing is to be paid."""
    if not amount.amount:
        return None
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
    return paid_by(ledger, ref) or ledger.get(InvoiceRecord, ref)


def paid_by(ledger: Ledger, charge: str) -> InvoiceRecord | None:
    return next((each for each in ledger.every(InvoiceRecord) if each.charge == charge), None)


def _number(ledger: Ledger) -> str:
    return f"SBX-{ledger.count(InvoiceRecord) + 1:06}"
