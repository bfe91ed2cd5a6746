"""One-time sums on a saved payment method, charged through an invoice.

A charge is named by its invoice (`in_…`), so that its hosted page can ask for 3-D Secure; one that
was paid in a checkout by its payment intent (`pi_…`).
"""

from __future__ import annotations

from contextlib import suppress
from itertools import islice

import stripe

from gateways.port import ChargeOutcome, ChargeRequest, ChargeSnapshot
from gateways.stripe.connection import Connection, asks, once, words
from gateways.stripe.currencies import to_stripe
from gateways.stripe.outcomes import (
    charge_snapshot,
    decline_code,
    is_untried,
    outcome,
    payment_intent,
    payment_snapshot,
)
from gateways.stripe.shapes import quoted

_EXPAND = ["payments.data.payment.payment_intent"]
_RECENT = 1000  # objects that are looked through
_SEARCH_LAG = 3600  # seconds that a search index may be behind


class Charges(Connection):
    @asks
    def charge(self, request: ChargeRequest) -> ChargeOutcome:
        """Goes on where an earlier attempt of the same command stopped: the customer's invoices
        are listed and compared by the command id in their metadata. A declined invoice is voided,
        so that nobody can pay it later."""
        invoice = self._invoice_of(request) or self._draft(request)
        if invoice.status == "draft":
            invoice = self._finalized(invoice, request)
        if invoice.status == "open" and is_untried(invoice):
            invoice = self._pay(invoice, request)
        return outcome(self._closed_if_declined(invoice))

    @asks
    def fetch_charge(self, ref: str) -> ChargeSnapshot:
        """Voids a charge whose confirmation failed: a failed one can't be paid afterwards."""
        if ref.startswith("pi_"):
            return payment_snapshot(self._intent(ref))
        invoice = self._closed_if_declined(self._invoice(ref))
        intent = payment_intent(invoice)
        paid = self._intent(intent.id) if intent and invoice.status == "paid" else None
        return charge_snapshot(invoice, paid)

    @asks
    def find_charge(self, command_id: str) -> ChargeSnapshot | None:
        """Searched by metadata; what is too new for the search index is listed."""
        query = f"metadata['command_id']:'{quoted(command_id)}'"
        invoices = self._api.invoices.search({"query": query, "limit": 1}).data
        if invoices:
            return self.fetch_charge(invoices[0].id)
        intents = self._api.payment_intents.search({"query": query, "limit": 1}).data
        if intents:
            return self.fetch_charge(intents[0].id)
        recent = self._recent_invoice(command_id) or self._recent_payment(command_id)
        return self.fetch_charge(recent) if recent else None

    def _invoice(self, ref: str) -> stripe.Invoice:
        return self._api.invoices.retrieve(ref, {"expand": _EXPAND})

    def _intent(self, ref: str) -> stripe.PaymentIntent:
        return self._api.payment_intents.retrieve(ref, {"expand": ["latest_charge"]})

    def _invoice_of(self, request: ChargeRequest) -> stripe.Invoice | None:
        invoices = self._api.invoices.list({"customer": request.customer, "limit": 100})
        for invoice in islice(invoices.auto_paging_iter(), _RECENT):
            if _made_by(request.command_id, invoice):
                return self._invoice(invoice.id)
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
                "default_payment_method": request.payment_method,
                "description": request.description,
                "metadata": {
                    "command_id": request.command_id,
                    "workspace_id": request.workspace_id,
                },
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
        if intent is None or "charge" in words(intent.metadata):
            return
        metadata = {
            "charge": invoice.id,
            "command_id": request.command_id,
            "workspace_id": request.workspace_id,
        }
        self._api.payment_intents.update(intent.id, {"metadata": metadata})

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
            tried = self._invoice(invoice.id)
            if tried.status == "open" and is_untried(tried):
                raise
            return tried
        return self._invoice(invoice.id)

    def _closed_if_declined(self, invoice: stripe.Invoice) -> stripe.Invoice:
        code = decline_code(invoice)
        if invoice.status != "open" or not code:
            return invoice
        self._api.invoices.update(invoice.id, {"metadata": {"decline_code": code}})
        with suppress(stripe.InvalidRequestError):  # paid or voided at this moment: read again
            self._api.invoices.void_invoice(invoice.id)
        return self._invoice(invoice.id)

    def _recent_invoice(self, command_id: str) -> str | None:
        since = int(self._clock().timestamp()) - _SEARCH_LAG
        recent = self._api.invoices.list({"created": {"gte": since}, "limit": 100})
        found = islice(recent.auto_paging_iter(), _RECENT)
        return next((made.id for made in found if _made_by(command_id, made)), None)

    def _recent_payment(self, command_id: str) -> str | None:
        since = int(self._clock().timestamp()) - _SEARCH_LAG
        recent = self._api.payment_intents.list({"created": {"gte": since}, "limit": 100})
        found = islice(recent.auto_paging_iter(), _RECENT)
        return next((made.id for made in found if _made_by(command_id, made)), None)


def _made_by(command_id: str, made: stripe.Invoice | stripe.PaymentIntent) -> bool:
    return words(made.metadata).get("command_id") == command_id
