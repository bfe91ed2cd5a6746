"""One-time payments by payment link, looked up and given back. The link is the charge's reference
from start to end."""

from __future__ import annotations

import uuid

from gateways.port import (
    CapabilityNotSupported,
    ChargeOutcome,
    ChargeRequest,
    ChargeSnapshot,
    GatewayRejected,
    InvoiceSnapshot,
    ReferenceNotFound,
    Refund,
)
from gateways.razorpay.charges import charge_of_link, charge_of_payment, paid_by, refund_of
from gateways.razorpay.client import Json, RazorpayClient, every_item, send
from gateways.razorpay.metadata import OurNotes
from gateways.razorpay.payment_links import LINK_PREFIX, NAMESPACE, fetch_link, link_of
from gateways.razorpay.snapshots import invoice_snapshot
from kernel.money import Money


class Payments:
    def __init__(self, client: RazorpayClient) -> None:
        self._client = client

    def charge(self, request: ChargeRequest) -> ChargeOutcome:  # noqa: ARG002
        raise CapabilityNotSupported(gateway="razorpay", capability="saved_method_charge")

    def capture(self, command_id: str, ref: str) -> ChargeSnapshot:  # noqa: ARG002
        """Razorpay takes the money by itself."""
        return self.fetch(ref)

    def fetch(self, ref: str) -> ChargeSnapshot:
        """`ref` may also be a payment; that of a link is shown as the link."""
        if ref.startswith(LINK_PREFIX):
            return self._snapshot(fetch_link(self._client, ref))
        payment = send(self._client.sdk.payment.fetch, ref)
        command_id = OurNotes.unpacked(payment.get("notes")).command_id
        found = self.find(command_id) if command_id else None
        return found or charge_of_payment(payment)

    def find(self, command_id: str) -> ChargeSnapshot | None:
        link = link_of(self._client, command_id)
        return None if link is None else self._snapshot(link)

    def fetch_invoice(self, ref: str) -> InvoiceSnapshot:
        fetched_at = self._client.clock()
        sdk = self._client.sdk
        invoice = ref
        if ref.startswith("pay_"):
            invoice = send(sdk.payment.fetch, ref).get("invoice_id") or ""
        if not invoice:
            raise ReferenceNotFound(gateway="razorpay", invoice=ref)
        return invoice_snapshot(send(sdk.invoice.fetch, invoice), fetched_at)

    def refund(self, command_id: str, charge: str, amount: Money, reason: str) -> Refund:
        """Looks before it refunds: how long Razorpay remembers its key is not documented."""
        payment = self._payment_of(charge)
        for made in every_item(self._client.sdk.payment.fetch_multiple_refund, {}, payment):
            if OurNotes.unpacked(made.get("notes")).command_id == command_id:
                return refund_of(made)
        body: Json = {
            "amount": amount.amount,
            "notes": {**OurNotes(command_id).packed(), "reason": reason[:256]},
        }
        headers = {"X-Refund-Idempotency": str(uuid.uuid5(NAMESPACE, command_id))}
        return refund_of(send(self._client.sdk.payment.refund, payment, body, headers=headers))

    def _payment_of(self, charge: str) -> str:
        if not charge.startswith(LINK_PREFIX):
            return charge
        paid = paid_by(fetch_link(self._client, charge))
        if paid is None:
            raise GatewayRejected(
                "nothing was paid that could be refunded", gateway="razorpay", issue="NOT_PAID"
            )
        return paid

    def _snapshot(self, link: Json) -> ChargeSnapshot:
        payment = paid_by(link)
        refunded = 0
        if payment is not None:
            fetched = send(self._client.sdk.payment.fetch, payment)
            refunded = int(fetched.get("amount_refunded") or 0)
        return charge_of_link(link, refunded)
