"""The invoice through which a saved payment method is charged, step by step."""

from __future__ import annotations

from contextlib import suppress
from itertools import islice

import stripe

from gateways.port import ChargeRequest
from gateways.stripe.charges import decline_code, is_untried, payment_intent
from gateways.stripe.client import StripeClient, once
from gateways.stripe.metadata import facts
from gateways.stripe.money import to_stripe

_EXPAND = ["payments.data.payment.payment_intent"]
RECENT = 1000  # objects that are looked through


class InvoiceCharges:
    def __init__(self, client: StripeClient) -> None:
        self._api = client.api
        self._written = client.installation.written

    def charge(self, request: ChargeRequest) -> stripe.Invoice:
        """The customer's invoices are listed and compared by the command id in their metadata."""
        invoice = self._invoice_of(request) or self._draft(request)
        if invoice.status == "draft":
            invoice = self._finalized(invoice, request)
        if invoice.status == "open" and is_untried(invoice):
            invoice = self._pay(invoice, request)
        return self.closed_if_declined(invoice)

    def get(self, ref: str) -> stripe.Invoice:
        return self._api.invoices.retrieve(ref, {"expand": _EXPAND})

    def closed_if_declined(self, invoice: stripe.Invoice) -> stripe.Invoice:
        code = decline_code(invoice)
        if invoice.status != "open" or not code:
            return invoice
        self._api.invoices.update(invoice.id, {"metadata": self._written({"decline_code": code})})
        self.void(invoice.id)
        return self.get(invoice.id)

    def void(self, ref: str) -> None:
        """Quietly nothing where it is paid or voided already."""
        with suppress(stripe.InvalidRequestError):
            self._api.invoices.void_invoice(ref)

    def _invoice_of(self, request: ChargeRequest) -> stripe.Invoice | None:
        invoices = self._api.invoices.list({"customer": request.customer, "limit": 100})
        for invoice in islice(invoices.auto_paging_iter(), RECENT):
            if made_by(request.command_id, invoice):
                return self.get(invoice.id)
        return None

    def _draft(self, request: ChargeRequest) -> stripe.Invoice:
        """Empty and with pending items left out; collected only when `pay` is called."""
        _, currency = to_stripe(request.amount)
        return self._api.invoices.create(
            {
                "customer": request.customer,
                "currency": currency,
                "collection_method": "charge_automatically",
                "auto_advance": False,
                "pending_invoice_items_behavior": "exclude",
                "discounts": "",  # or the customer's own would be taken off
                "default_payment_method": request.payment_method,
                "description": request.description,
                "metadata": self._written(
                    {"command_id": request.command_id, "workspace_id": request.workspace_id}
                ),
            },
            once(request.command_id, "invoice"),
        )

    def _finalized(self, invoice: stripe.Invoice, request: ChargeRequest) -> stripe.Invoice:
        if invoice.total == 0:
            self._add_item(invoice, request)
        return self._api.invoices.finalize_invoice(
            invoice.id,
            {"auto_advance": False, "expand": _EXPAND},
            once(request.command_id, "finalize"),
        )

    def _add_item(self, invoice: stripe.Invoice, request: ChargeRequest) -> None:
        amount, currency = to_stripe(request.amount)
        self._api.invoice_items.create(
            {
                "customer": request.customer,
                "invoice": invoice.id,
                "amount": amount,
                "currency": currency,
                "description": request.description,
            },
            once(request.command_id, "item"),
        )

    def _name_payment(self, invoice: stripe.Invoice, request: ChargeRequest) -> None:
        """A payment intent doesn't say what it pays, and webhooks of refunds only name it."""
        intent = payment_intent(invoice)
        if intent is None or "charge" in facts(intent.metadata):
            return
        metadata = {
            "charge": invoice.id,
            "command_id": request.command_id,
            "workspace_id": request.workspace_id,
        }
        self._api.payment_intents.update(intent.id, {"metadata": self._written(metadata)})

    def _pay(self, invoice: stripe.Invoice, request: ChargeRequest) -> stripe.Invoice:
        """A refusal says too little (declined, 3-D Secure, paid meanwhile): the payment intent
        decides, unless it was never reached."""
        self._name_payment(invoice, request)
        try:
            self._api.invoices.pay(
                invoice.id,
                {"payment_method": request.payment_method, "off_session": True},
                once(request.command_id, "pay"),
            )
        except (stripe.CardError, stripe.InvalidRequestError):
            tried = self.get(invoice.id)
            if tried.status == "open" and is_untried(tried):
                raise
            return tried
        return self.get(invoice.id)


def made_by(command_id: str, made: stripe.Invoice | stripe.PaymentIntent) -> bool:
    return facts(made.metadata).get("command_id") == command_id
