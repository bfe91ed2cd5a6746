"""What the checkout page and its return need to know of a subscription."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gateways.port import CheckoutStatus, InvalidSignature, ReferenceNotFound
from gateways.razorpay.notes import OurNotes
from gateways.razorpay.signatures import holds
from gateways.razorpay.subscriptions import Subscriptions, checkout_status
from gateways.return_url import filled

_REFERENCE = re.compile(r"sub_[A-Za-z0-9]{1,64}")


@dataclass(frozen=True, slots=True)
class CheckoutPage:
    """`hosted_url` is Razorpay's own page for it."""

    subscription: str
    key_id: str
    status: CheckoutStatus
    success_url: str
    cancel_url: str
    hosted_url: str


class ReturnPage:
    def __init__(self, subscriptions: Subscriptions, key_id: str, key_secret: str) -> None:
        self._subscriptions = subscriptions
        self._key_id = key_id
        self._key_secret = key_secret

    def checkout(self, ref: str) -> CheckoutPage:
        """ReferenceNotFound for what is not a checkout of ours."""
        if _REFERENCE.fullmatch(ref) is None:
            raise ReferenceNotFound(gateway="razorpay")
        subscription = self._subscriptions.get(ref)
        notes = OurNotes.unpacked(subscription.get("notes"))
        if not notes.success_url:
            raise ReferenceNotFound(gateway="razorpay")
        return CheckoutPage(
            subscription=ref,
            key_id=self._key_id,
            status=checkout_status(subscription),
            success_url=filled(notes.success_url, ref),
            cancel_url=filled(notes.cancel_url, ref),
            hosted_url=str(subscription.get("short_url") or ""),
        )

    def verify(self, ref: str, payment_id: str, given: str) -> None:
        """That Razorpay sent the payer back from paying this very subscription."""
        if not holds(f"{payment_id}|{ref}".encode(), given, self._key_secret):
            raise InvalidSignature
