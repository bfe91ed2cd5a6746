"""Reading invoices: those of a subscription or a customer, or one."""

from __future__ import annotations

from datetime import datetime

import stripe

from gateways.port import InvoiceSnapshot, ReferenceNotFound
from gateways.stripe.client import StripeClient
from gateways.stripe.collected import Collected, Collections, merged
from gateways.stripe.invoice_snapshots import invoice_snapshot
from gateways.stripe.references import reference


class Invoices:
    """Errors of the SDK come out as they are."""

    def __init__(self, client: StripeClient) -> None:
        self._api = client.api
        self._clock = client.clock
        self._installation = client.installation
        self._collections = Collections(client)

    def of(self, customer: str | None, subscription: str | None) -> list[InvoiceSnapshot]:
        if not customer and not subscription:
            return []
        fetched_at = self._clock()
        params: stripe.params.InvoiceListParams = {"limit": 100, "expand": ["data.payments"]}
        if subscription:
            params["subscription"] = subscription
        elif customer:
            params["customer"] = customer
        listed = list(self._api.invoices.list(params).auto_paging_iter())
        payers = {reference(each.customer) for each in listed if _intents(each)}
        found: dict[str, Collected] = {}
        for payer in payers:
            found |= self._collections.of_customer(payer)
        return [self._snapshot(each, found, fetched_at) for each in listed]

    def get(self, ref: str) -> InvoiceSnapshot:
        """By its reference, or by that of the payment intent that pays it."""
        fetched_at = self._clock()
        name = self._paid_by(ref) if ref.startswith("pi_") else ref
        invoice = self._api.invoices.retrieve(name, {"expand": ["payments"]})
        found = self._collections.of_intents(_intents(invoice))
        return self._snapshot(invoice, found, fetched_at)

    def _snapshot(
        self, invoice: stripe.Invoice, found: dict[str, Collected], fetched_at: datetime
    ) -> InvoiceSnapshot:
        if invoice.lines.has_more:
            lines = self._api.invoices.line_items.list(invoice.id, {"limit": 100})
            invoice.lines.data = list(lines.auto_paging_iter())
        collected = merged(found[each] for each in _intents(invoice) if each in found)
        return invoice_snapshot(invoice, collected, self._installation, fetched_at)

    def _paid_by(self, intent: str) -> str:
        payments = self._api.invoice_payments.list(
            {"payment": {"type": "payment_intent", "payment_intent": intent}}
        )
        for payment in payments.data:
            return reference(payment.invoice)
        raise ReferenceNotFound(gateway="stripe", payment=intent)


def _intents(invoice: stripe.Invoice) -> list[str]:
    """Of its expanded payments."""
    payments = invoice.payments.data if invoice.payments else []
    named = (getattr(each.payment, "payment_intent", None) for each in payments)
    return [reference(intent) for intent in named if intent is not None]
