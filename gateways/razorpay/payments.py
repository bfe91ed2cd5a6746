"""One-time payments by payment link, looked up and given back. The link is the charge's reference
from start to end."""

from __future__ import annotations

import uuid
from dataclasses import replace

from gateways.port import (
    CapabilityNotSupported,
    ChargeOutcome,
    ChargeRequest,
    ChargeSnapshot,
    GatewayRejected,
    InvoiceSnapshot,
    Refund,
)
from gateways.razorpay.charges import charge_of_link, charge_of_payment, paid_by, refund_of
from gateways.razorpay.client import Json, RazorpayClient, every_item, send
from gateways.razorpay.invoices import Invoices
from gateways.razorpay.metadata import OurNotes
from gateways.razorpay.movements import Movements
from gateways.razorpay.payment_links import LINK_PREFIX, NAMESPACE, fetch_link, link_of
from kernel.money import Money


class Payments:
    def __init__(self, client: RazorpayClient, movements: Movements, invoices: Invoices) -> None:
        self._client = client
        self._movements = movements
        self._invoices = invoices

    def charge(self, request: ChargeRequest) -> ChargeOutcome:  # noqa: ARG002
        raise CapabilityNotSupported(gateway="razorpay", capability="saved_method_charge")

    def capture(self, command_id: str, ref: str) -> ChargeSnapshot:  # noqa: ARG002
        """Razorpay takes the money by itself."""
        return self.fetch(ref)

    def abandon(self, ref: str) -> None:
        """There are no charges of saved methods; a link is closed as a checkout."""

    def fetch(self, ref: str) -> ChargeSnapshot:
        """`ref` may also be a payment; that of a link is shown as the link."""
        if ref.startswith(LINK_PREFIX):
            return self._snapshot(fetch_link(self._client, ref))
        payment = send(self._client.sdk.payment.fetch, ref)
        command_id = OurNotes.unpacked(payment.get("notes")).command_id
        found = self.find(command_id) if command_id else None
        return found or self._with_movements(charge_of_payment(payment), ref)

    def find(self, command_id: str) -> ChargeSnapshot | None:
        link = link_of(self._client, command_id)
        return None if link is None else self._snapshot(link)

    def fetch_invoice(self, ref: str) -> InvoiceSnapshot:
        return self._invoices.get(ref)

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
        return (
            self._with_movements(charge_of_link(link), payment) if payment else charge_of_link(link)
        )

    def _with_movements(self, charge: ChargeSnapshot, payment: str) -> ChargeSnapshot:
        refunds = self._movements.refunds(payment)
        return replace(
            charge,
            payment=payment,
            refunded=sum(each.amount for each in refunds if each.status != "failed"),
            refunds=refunds,
            disputes=self._movements.disputes().get(payment, ()),
        )
