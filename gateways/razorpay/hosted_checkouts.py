"""What the checkout page and its return need to know of a subscription."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gateways.port import CheckoutStatus, InvalidSignature, ReferenceNotFound
from gateways.razorpay.client import RazorpayClient, send
from gateways.razorpay.metadata import OurNotes
from gateways.razorpay.signatures import holds
from gateways.razorpay.snapshots import checkout_status
from gateways.return_url import filled

_REFERENCE = re.compile(r"sub_[A-Za-z0-9]{1,64}")


@dataclass(frozen=True, slots=True)
class HostedCheckout:
    """`hosted_url` is Razorpay's own page for it."""

    subscription: str
    key_id: str
    status: CheckoutStatus
    success_url: str
    cancel_url: str
    hosted_url: str


class HostedCheckouts:
    def __init__(self, client: RazorpayClient) -> None:
        self._client = client

    def get(self, ref: str) -> HostedCheckout:
        """ReferenceNotFound for what is not a checkout of ours."""
        if _REFERENCE.fullmatch(ref) is None:
            raise ReferenceNotFound(gateway="razorpay")
        subscription = send(self._client.sdk.subscription.fetch, ref)
        notes = OurNotes.unpacked(subscription.get("notes"))
        if not notes.success_url:
            raise ReferenceNotFound(gateway="razorpay")
        return HostedCheckout(
            subscription=ref,
            key_id=self._client.key_id,
            status=checkout_status(subscription),
            success_url=filled(notes.success_url, ref),
            cancel_url=filled(notes.cancel_url, ref),
            hosted_url=str(subscription.get("short_url") or ""),
        )

    def verify(self, ref: str, payment_id: str, given: str) -> None:
        """That Razorpay sent the payer back from paying this very subscription."""
        if not holds(f"{payment_id}|{ref}".encode(), given, self._client.key_secret):
            raise InvalidSignature
