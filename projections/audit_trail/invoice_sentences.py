"""Events about invoices told in sentences that a person reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kernel.money import Money

Facts = Mapping[str, Any]


def _invoice(sentence: str) -> Callable[[Facts], str]:
    """`{number}` is the invoice's; `{amount}` the event's own, or all that the invoice is over."""

    def told(facts: Facts) -> str:
        invoice = facts["invoice"]
        cents = facts.get("amount_cents", invoice["total_cents"])
        amount = Money(cents, invoice["currency"])
        return sentence.format_map({**facts, "number": invoice["number"], "amount": amount})

    return told


INVOICES: Mapping[str, Callable[[Facts], str]] = {
    "InvoiceIssued": _invoice("Invoice {number} over {amount} was issued."),
    "InvoiceAmended": _invoice("Invoice {number} was amended."),
    "InvoicePaid": _invoice("Invoice {number} was paid: {amount}."),
    "InvoicePaymentFailed": _invoice("A payment of invoice {number} failed: {reason}."),
    "InvoiceVoided": _invoice("Invoice {number} is not to be paid any more."),
    "InvoiceRefunded": _invoice("{amount} of invoice {number} were given back."),
    "InvoiceRefundFailed": _invoice("A refund of {amount} for invoice {number} failed."),
    "DisputeOpened": _invoice("The payer disputes {amount} of invoice {number}: {reason}."),
    "DisputeClosed": _invoice("The dispute about {amount} of invoice {number} was {outcome}."),
}
