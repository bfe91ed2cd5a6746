"""What happens at PayPal, for the contract suite."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Literal

from gateways import paypal
from gateways.paypal import PayPalClient
from gateways.paypal.gateway import NO_TAX
from gateways.paypal.trust import Trust
from gateways.port import Checkout
from tests.support.gateway_driver import Books, Delivery
from tests.support.gateway_driver import Signer as By
from tests.support.hosted_only_driver import HostedOnlyDriver
from tests.support.paypal_double import PREVIOUS_WEBHOOK_ID, WEBHOOK_ID, PayPalDouble
from tests.support.paypal_signing import signer
from tests.support.paypal_state import CLIENT_ID, CLIENT_SECRET


class PayPalDriver(HostedOnlyDriver[PayPalDouble]):
    def approve(self, checkout: Checkout) -> None:
        with self.double.lock:
            if checkout.ref in self.double.subscriptions:
                self.double.activate(checkout.ref)
            else:
                self.double.approve_order(checkout.ref)

    def decline(self, checkout: Checkout) -> None:
        """On PayPal's own page a subscription just stays unapproved; an order that was approved
        with a bad card shows it when it is captured."""
        with self.double.lock:
            if checkout.ref in self.double.orders:
                self.double.approve_order(checkout.ref, "INSTRUMENT_DECLINED")

    def recover_payment(self, subscription: str) -> None:
        with self.double.lock:
            self.double.pay(subscription)

    def suspend(self, subscription: str) -> None:
        with self.double.lock:
            self.double.change(subscription, "SUSPENDED")

    def books(self, subscription: str) -> Books:
        with self.double.lock:
            return self.double.books(subscription)

    def refund_by_hand(self, invoice: str, amount: int) -> str:
        with self.double.lock:
            return str(self.double.give_back(invoice, f"{amount / 100:.2f}")["id"])

    def fail_refund(self, refund: str) -> None:
        with self.double.lock:
            self.double.fail_refund(refund)

    def open_dispute(self, invoice: str) -> str:
        with self.double.lock:
            captured = invoice in self.double.captures
            return (
                self.double.dispute_capture(invoice) if captured else self.double.dispute(invoice)
            )

    def close_dispute(self, dispute: str, *, won: bool) -> None:
        outcome = "RESOLVED_SELLER_FAVOUR" if won else "RESOLVED_BUYER_FAVOUR"
        with self.double.lock:
            self.double.resolve(dispute, outcome)

    def resign(
        self, delivery: Delivery, *, by: By = "current", age: timedelta = timedelta()
    ) -> Delivery | None:
        raw, _ = delivery
        if by == "foreign":
            self.double.signers["CERT-stranger"] = signer("stranger")
            return self.double.signed(raw, by="CERT-stranger", age=age)
        webhook = WEBHOOK_ID if by == "current" else PREVIOUS_WEBHOOK_ID
        return self.double.signed(raw, webhook_id=webhook, age=age)

    def effects(self, kind: Literal["product", "price", "checkout", "charge", "refund"]) -> int:
        double = self.double
        counted = {
            "product": len(double.products),
            "price": len(double.plans),
            "checkout": len(double.subscriptions) + len(double.orders),
            "charge": len(double.captures),
            "refund": len(double.refunds),
        }
        return counted[kind]


@contextmanager
def driver(
    timeout: float = 5.0,
    webhook_max_age: timedelta = timedelta(minutes=30),
    root: str = "paypal",
    tax_percentage: Decimal = NO_TAX,
    *,
    cancels_at_period_end: bool = False,
) -> Iterator[PayPalDriver]:
    """`root`: whose root certificate is trusted. In the end every request has to have been one that
    PayPal describes."""
    double = PayPalDouble()
    client = PayPalClient(
        CLIENT_ID,
        CLIENT_SECRET,
        clock=double.clock.now,
        api_base=double.url,
        timeout=timeout,
        pause=lambda _: None,
    )
    gateway = paypal.build(
        client,
        [WEBHOOK_ID, PREVIOUS_WEBHOOK_ID],
        webhook_max_age=webhook_max_age,
        tax_percentage=tax_percentage,
        cancels_at_period_end=cancels_at_period_end,
        accepts_certificate_url=lambda url: url.startswith(f"{double.url}/"),
        certificate_trust=Trust([signer(root).root], [signer(root).issuer]),
    )
    try:
        yield PayPalDriver(double, gateway)
    finally:
        client.close()
        double.close()
    assert not double.violations, double.violations
