"""Hosted checkouts, of a plan or of a one-time sum."""

from __future__ import annotations

from gateways.port import Checkout, CheckoutRequest, CheckoutSnapshot, PaymentRequest
from gateways.sandbox import snapshots
from gateways.sandbox.client import SandboxClient
from gateways.sandbox.simulation import checkouts
from gateways.sandbox.simulation.records import CheckoutPage


class Checkouts:
    def __init__(self, client: SandboxClient) -> None:
        self._client = client

    def start(self, request: CheckoutRequest) -> Checkout:
        page = self._client.call(lambda ledger: checkouts.open_for_plan(ledger, request))
        return snapshots.checkout(page, self._client.urls)

    def start_payment(self, request: PaymentRequest) -> Checkout:
        page = self._client.call(lambda ledger: checkouts.open_for_sum(ledger, request))
        return snapshots.checkout(page, self._client.urls)

    def fetch(self, ref: str) -> CheckoutSnapshot:
        return self._client.call(
            lambda ledger: snapshots.checkout_snapshot(ledger.get(CheckoutPage, ref), ledger.now)
        )

    def abandon(self, ref: str) -> None:
        if self._client.profile.closes_pages:
            self._client.call(lambda ledger: checkouts.expire(ledger, ref))
