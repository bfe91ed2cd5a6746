"""One-time payments by payment link. The link is the charge's reference from start to end."""

from __future__ import annotations

import uuid
from datetime import timedelta

from gateways.port import (
    ChargeSnapshot,
    Checkout,
    CheckoutSnapshot,
    GatewayRejected,
    PaymentRequest,
    ReferenceNotFound,
    Refund,
)
from gateways.razorpay.charges import (
    charge_of_link,
    charge_of_payment,
    link_status,
    paid_by,
    refund_of,
)
from gateways.razorpay.client import Json, RazorpayClient, asked, moment, pages, text
from gateways.razorpay.notes import OurNotes
from gateways.return_url import without_placeholder
from kernel.clock import Clock
from kernel.money import Money

LINK_PREFIX = "plink_"
_NAMESPACE = uuid.UUID("5d7cdd5e-6b1f-5c33-8c86-0a4b8f6f6f0d")
_REFERENCE_LIMIT = 40
_OPEN = timedelta(hours=24)


class Payments:
    def __init__(self, client: RazorpayClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock

    def start(self, request: PaymentRequest) -> Checkout:
        """`reference_id` is unique at Razorpay, so that even two attempts at once make one link.
        There is no address for a payer who gives up: the page stays open."""
        link = self._link_of(request.command_id)
        if link is None:
            link = self._create(request)
        return Checkout(text(link, "id"), text(link, "short_url"), moment(link.get("expire_by")))

    def fetch_checkout(self, ref: str) -> CheckoutSnapshot:
        status = link_status(self._link(ref))
        if status == "succeeded":
            return CheckoutSnapshot(ref, "complete", charge=ref)
        return CheckoutSnapshot(ref, "open" if status == "pending" else "expired")

    def abandon(self, ref: str) -> None:
        try:
            asked(self._client.sdk.payment_link.cancel, ref)
        except (GatewayRejected, ReferenceNotFound):
            return

    def fetch(self, ref: str) -> ChargeSnapshot:
        """`ref` may also be a payment; that of a link is told as the link."""
        if ref.startswith(LINK_PREFIX):
            return self._seen(self._link(ref))
        payment = asked(self._client.sdk.payment.fetch, ref)
        command_id = OurNotes.unpacked(payment.get("notes")).command_id
        found = self.find(command_id) if command_id else None
        return found or charge_of_payment(payment)

    def find(self, command_id: str) -> ChargeSnapshot | None:
        link = self._link_of(command_id)
        return None if link is None else self._seen(link)

    def refund(self, command_id: str, charge: str, amount: Money, reason: str) -> Refund:
        """Looks before it refunds: how long Razorpay remembers its key is not documented."""
        payment = self._payment_of(charge)
        for made in pages(self._client.sdk.payment.fetch_multiple_refund, {}, payment):
            if OurNotes.unpacked(made.get("notes")).command_id == command_id:
                return refund_of(made)
        body: Json = {
            "amount": amount.amount,
            "notes": {**OurNotes(command_id).packed(), "reason": reason[:256]},
        }
        headers = {"X-Refund-Idempotency": str(uuid.uuid5(_NAMESPACE, command_id))}
        return refund_of(asked(self._client.sdk.payment.refund, payment, body, headers=headers))

    def _create(self, request: PaymentRequest) -> Json:
        try:
            return asked(self._client.sdk.payment_link.create, self._body(request))
        except GatewayRejected:
            # The reference was taken between looking and creating.
            link = self._link_of(request.command_id)
            if link is None:
                raise
            return link

    def _body(self, request: PaymentRequest) -> Json:
        body: Json = {
            "amount": request.amount.amount,
            "currency": request.amount.currency,
            "description": request.description[:2048],
            "reference_id": reference_id(request.command_id),
            "expire_by": int((self._clock() + _OPEN).timestamp()),
            "callback_url": without_placeholder(request.success_url),
            "callback_method": "get",
            "notify": {"sms": False, "email": False},
            "reminder_enable": False,
            "notes": OurNotes(request.command_id, request.workspace_id).packed(),
        }
        if request.customer_email:
            body["customer"] = {"email": request.customer_email}
        return body

    def _link(self, ref: str) -> Json:
        return asked(self._client.sdk.payment_link.fetch, ref)

    def _link_of(self, command_id: str) -> Json | None:
        reference = reference_id(command_id)
        answer = asked(self._client.sdk.payment_link.all, {"reference_id": reference})
        links = answer.get("payment_links", [])
        matching = [link for link in links if link.get("reference_id") == reference]
        return matching[0] if matching else None

    def _payment_of(self, charge: str) -> str:
        if not charge.startswith(LINK_PREFIX):
            return charge
        paid = paid_by(self._link(charge))
        if paid is None:
            raise GatewayRejected(
                "nothing was paid that could be refunded", gateway="razorpay", issue="NOT_PAID"
            )
        return paid

    def _seen(self, link: Json) -> ChargeSnapshot:
        payment = paid_by(link)
        refunded = 0
        if payment is not None:
            fetched = asked(self._client.sdk.payment.fetch, payment)
            refunded = int(fetched.get("amount_refunded") or 0)
        return charge_of_link(link, refunded)


def reference_id(command_id: str) -> str:
    """Razorpay takes 40 characters."""
    if len(command_id) <= _REFERENCE_LIMIT:
        return command_id
    return str(uuid.uuid5(_NAMESPACE, command_id))
