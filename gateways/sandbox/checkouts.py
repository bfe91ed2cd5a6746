"""Hosted checkouts, of a plan or of a one-time sum."""

from __future__ import annotations

from dataclasses import replace

from gateways.port import Checkout, CheckoutRequest, CheckoutSnapshot, PaymentRequest
from gateways.port.lowered_prices import lowered
from gateways.sandbox import snapshots
from gateways.sandbox.client import SandboxClient
from gateways.sandbox.simulation import checkouts
from gateways.sandbox.simulation.records import CheckoutPage
from kernel.money import Money


class Checkouts:
    def __init__(self, client: SandboxClient) -> None:
        self._client = client

    def start(self, request: CheckoutRequest) -> Checkout:
        asked = self._as_sold(request)
        page = self._client.call(lambda ledger: checkouts.open_for_plan(ledger, asked))
        return snapshots.checkout(page, self._client.urls)

    def _as_sold(self, request: CheckoutRequest) -> CheckoutRequest:
        """Where there are no coupons, each unit costs less."""
        coupon, offers = request.coupon, self._client.profile.capabilities
        if coupon is None or offers.offer("discount_at_checkout").support != "emulated":
            return request
        price, units = request.plan.price, request.quantity
        off = (price.amount - lowered(coupon, price, units).amount) * units
        amount = Money(off, price.currency)
        return replace(request, coupon=replace(coupon, percent=None, amount=amount))

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
