"""What happens at Razorpay, for the contract suite."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Literal

from gateways import razorpay
from gateways.port import Checkout, Gateway
from gateways.razorpay import RazorpayClient
from tests.support.gateway_driver import Books, Delivery, Signer
from tests.support.hosted_only_driver import HostedOnlyDriver
from tests.support.razorpay_double import (
    PREVIOUS_WEBHOOK_SECRET,
    WEBHOOK_SECRET,
    RazorpayDouble,
    signed,
)
from tests.support.razorpay_state import KEY_ID, KEY_SECRET

PUBLIC_URL = "https://billing.example"


class RazorpayDriver(HostedOnlyDriver[RazorpayDouble]):
    def __init__(self, double: RazorpayDouble, gateway: Gateway, client: RazorpayClient) -> None:
        super().__init__(double, gateway)
        self.client = client

    def approve(self, checkout: Checkout) -> None:
        with self.double.lock:
            if checkout.ref in self.double.subscriptions:
                self.double.activate(checkout.ref)
            else:
                self.double.attempt(checkout.ref, succeeds=True)

    def decline(self, checkout: Checkout) -> None:
        """A page stays open after a bad card."""
        with self.double.lock:
            if checkout.ref in self.double.subscriptions:
                self.double.subscriptions[checkout.ref]["auth_attempts"] += 1
            else:
                self.double.attempt(checkout.ref, succeeds=False)

    def recover_payment(self, subscription: str) -> None:
        with self.double.lock:
            self.double.recover(subscription)

    def suspend(self, subscription: str) -> None:
        with self.double.lock:
            self.double.change(subscription, "halted")

    def books(self, subscription: str) -> Books:
        with self.double.lock:
            return self.double.books(subscription)

    def refund_by_hand(self, invoice: str, amount: int) -> str:
        with self.double.lock:
            return str(self.double.give_back(self.double.payment_of(invoice), amount)["id"])

    def fail_refund(self, refund: str) -> None:
        with self.double.lock:
            self.double.fail_refund(refund)

    def open_dispute(self, invoice: str) -> str:
        with self.double.lock:
            is_payment = invoice in self.double.payments
            return self.double.dispute(invoice if is_payment else self.double.payment_of(invoice))

    def close_dispute(self, dispute: str, *, won: bool) -> None:
        with self.double.lock:
            self.double.resolve(dispute, won=won)

    def resign(
        self, delivery: Delivery, *, by: Signer = "current", age: timedelta = timedelta()
    ) -> Delivery | None:
        """The signature covers the body alone, whose only time is the event's own."""
        if age:
            return None
        secrets = {
            "current": WEBHOOK_SECRET,
            "previous": PREVIOUS_WEBHOOK_SECRET,
            "foreign": "a stranger's secret",
        }
        raw, headers = delivery
        return signed(raw, headers["x-razorpay-event-id"], secrets[by])

    def effects(self, kind: Literal["product", "price", "checkout", "charge", "refund"]) -> int:
        double = self.double
        paid = [link for link in double.links.values() if link["status"] == "paid"]
        counted = {
            # Razorpay has no products.
            "product": 0,
            "price": len(double.plans),
            "checkout": len(double.subscriptions) + len(double.links),
            "charge": len(paid),
            "refund": len(double.refunds),
        }
        return counted[kind]


@contextmanager
def driver(
    timeout: float = 5.0, webhook_max_age: timedelta = timedelta(days=400)
) -> Iterator[RazorpayDriver]:
    """Events are as old as the time that the driver has moved on since: hence the long age. In the
    end every request has to have been one that Razorpay documents."""
    double = RazorpayDouble()
    client = RazorpayClient(
        KEY_ID,
        KEY_SECRET,
        clock=double.clock.now,
        api_base=double.url,
        timeout=timeout,
        backoff=0.0,
    )
    gateway = razorpay.build(
        client,
        [WEBHOOK_SECRET, PREVIOUS_WEBHOOK_SECRET],
        public_url=PUBLIC_URL,
        webhook_max_age=webhook_max_age,
    )
    try:
        yield RazorpayDriver(double, gateway, client)
    finally:
        client.close()
        double.close()
    assert not double.violations, double.violations
