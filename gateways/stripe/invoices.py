"""Reading invoices: those of a subscription or a customer, or one."""

from __future__ import annotations

import stripe

from gateways.port import InvoiceSnapshot, ReferenceNotFound
from gateways.stripe.client import StripeClient
from gateways.stripe.invoice_snapshots import invoice_snapshot
from gateways.stripe.snapshots import reference


class Invoices:
    """Errors of the SDK come out as they are."""

    def __init__(self, client: StripeClient) -> None:
        self._api = client.api
        self._clock = client.clock

    def of(self, customer: str | None, subscription: str | None) -> list[InvoiceSnapshot]:
        if not customer and not subscription:
            return []
        fetched_at = self._clock()
        params: stripe.params.InvoiceListParams = {"limit": 100}
        if subscription:
            params["subscription"] = subscription
        elif customer:
            params["customer"] = customer
        listed = self._api.invoices.list(params).auto_paging_iter()
        return [invoice_snapshot(self._with_all_lines(each), fetched_at) for each in listed]

    def get(self, ref: str) -> InvoiceSnapshot:
        """By its reference, or by that of the payment intent that pays it."""
        fetched_at = self._clock()
        invoice = self._api.invoices.retrieve(self._paid_by(ref) if ref[:3] == "pi_" else ref)
        return invoice_snapshot(self._with_all_lines(invoice), fetched_at)

    def _paid_by(self, intent: str) -> str:
        payments = self._api.invoice_payments.list(
            {"payment": {"type": "payment_intent", "payment_intent": intent}}
        )
        for payment in payments.data:
            return reference(payment.invoice)
        raise ReferenceNotFound(gateway="stripe", payment=intent)

    def _with_all_lines(self, invoice: stripe.Invoice) -> stripe.Invoice:
        if invoice.lines.has_more:
            lines = self._api.invoices.line_items.list(invoice.id, {"limit": 100})
            invoice.lines.data = list(lines.auto_paging_iter())
        return invoice
