"""One-time sums on a saved payment method, their look-up, and money back.

A charge is named by its invoice (`in_…`), so that its hosted page can ask for 3-D Secure; one that
was paid in a checkout by its payment intent (`pi_…`).
"""

from __future__ import annotations

from itertools import islice

import stripe

from gateways.port import (
    ChargeOutcome,
    ChargeRequest,
    ChargeSnapshot,
    GatewayRejected,
    InvoiceSnapshot,
    Refund,
)
from gateways.stripe.charges import (
    charge_snapshot,
    outcome,
    payment_intent,
    payment_snapshot,
    refund_of,
)
from gateways.stripe.client import StripeClient, once, translates_errors
from gateways.stripe.collected import Collected, Collections
from gateways.stripe.invoice_charges import RECENT, InvoiceCharges, made_by
from gateways.stripe.invoices import Invoices
from gateways.stripe.metadata import facts
from gateways.stripe.money import to_stripe
from gateways.stripe.references import quoted
from kernel.money import Money

_SEARCH_LAG = 3600  # seconds that a search index may be behind


class Payments:
    def __init__(self, client: StripeClient) -> None:
        self.client = client
        self._api = client.api
        self._charges = InvoiceCharges(client)
        self._invoices = Invoices(client)
        self._collections = Collections(client)

    @translates_errors
    def charge(self, request: ChargeRequest) -> ChargeOutcome:
        """Goes on where an earlier attempt of the same command stopped. A declined invoice is
        voided, so that nobody can pay it later."""
        return outcome(self._charges.charge(request))

    def capture(self, command_id: str, ref: str) -> ChargeSnapshot:  # noqa: ARG002
        """Stripe takes the money by itself."""
        return self.fetch(ref)

    @translates_errors
    def abandon(self, ref: str) -> None:
        """A checkout's payment is closed with its session."""
        if not ref.startswith("pi_"):
            self._charges.void(ref)

    @translates_errors
    def fetch(self, ref: str) -> ChargeSnapshot:
        """Voids a charge whose confirmation failed: a failed one can't be paid afterwards."""
        if ref.startswith("pi_"):
            return payment_snapshot(self._api.payment_intents.retrieve(ref), self._collected(ref))
        invoice = self._charges.closed_if_declined(self._charges.get(ref))
        intent = payment_intent(invoice)
        if intent is None or invoice.status != "paid":
            return charge_snapshot(invoice, Collected())
        return charge_snapshot(invoice, self._collected(intent.id))

    @translates_errors
    def find(self, command_id: str) -> ChargeSnapshot | None:
        """Searched by metadata; what is too new for the search index is listed, and all of it
        where there is no search."""
        try:
            found = self._searched(command_id)
        except (stripe.InvalidRequestError, stripe.PermissionError):
            found = None
        recent = found or self._recent_invoice(command_id) or self._recent_payment(command_id)
        return self.fetch(recent) if recent else None

    @translates_errors
    def fetch_invoice(self, ref: str) -> InvoiceSnapshot:
        return self._invoices.get(ref)

    @translates_errors
    def refund(self, command_id: str, charge: str, amount: Money, reason: str) -> Refund:
        """One per command, for ever: the payment's refunds are listed and compared by the command
        id in their metadata. The reason is kept there too: Stripe's own are three words."""
        intent = self._refundable(charge)
        refunds = self._api.refunds.list({"payment_intent": intent, "limit": 100})
        for made in refunds.auto_paging_iter():
            if facts(made.metadata).get("command_id") == command_id:
                return refund_of(made)
        return refund_of(self._new_refund(command_id, charge, intent, amount, reason))

    def _collected(self, intent: str) -> Collected:
        return self._collections.of_intents([intent]).get(intent, Collected())

    def _new_refund(
        self, command_id: str, charge: str, intent: str, amount: Money, reason: str
    ) -> stripe.Refund:
        metadata = self.client.installation.written(
            {"command_id": command_id, "charge": charge, "reason": reason[:500]}
        )
        return self._api.refunds.create(
            {"payment_intent": intent, "amount": to_stripe(amount)[0], "metadata": metadata},
            once(command_id, "refund"),
        )

    def _refundable(self, charge: str) -> str:
        if charge.startswith("pi_"):
            return charge
        intent = payment_intent(self._charges.get(charge))
        if intent is None:
            raise GatewayRejected("This charge was never paid.", gateway="stripe")
        return intent.id

    def _searched(self, command_id: str) -> str | None:
        for key in ("billing_command_id", "command_id"):
            query = f"metadata['{key}']:'{quoted(command_id)}'"
            for invoice in self._api.invoices.search({"query": query, "limit": 1}).data:
                return invoice.id
            for intent in self._api.payment_intents.search({"query": query, "limit": 1}).data:
                return intent.id
        return None

    def _recent_invoice(self, command_id: str) -> str | None:
        since = int(self.client.clock().timestamp()) - _SEARCH_LAG
        recent = self._api.invoices.list({"created": {"gte": since}, "limit": 100})
        found = islice(recent.auto_paging_iter(), RECENT)
        return next((made.id for made in found if made_by(command_id, made)), None)

    def _recent_payment(self, command_id: str) -> str | None:
        since = int(self.client.clock().timestamp()) - _SEARCH_LAG
        recent = self._api.payment_intents.list({"created": {"gte": since}, "limit": 100})
        found = islice(recent.auto_paging_iter(), RECENT)
        return next((made.id for made in found if made_by(command_id, made)), None)
