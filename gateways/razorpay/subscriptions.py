"""Subscriptions as they are, their end and their invoices."""
# ruff: noqa: ARG002 - the port's signatures, of some of which Razorpay has no use.

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from gateways.port import (
    CapabilityNotSupported,
    GatewayRejected,
    InvoiceSnapshot,
    NeedsCheckout,
    SubscriptionSnapshot,
    Swapped,
    SwapTiming,
)
from gateways.razorpay.catalogue import Catalogue
from gateways.razorpay.client import Json, RazorpayClient, every_item, send, text
from gateways.razorpay.snapshots import ENDED, invoice_snapshot, subscription_snapshot
from kernel.money import Money


class Subscriptions:
    def __init__(self, client: RazorpayClient, catalogue: Catalogue) -> None:
        self._client = client
        self._catalogue = catalogue

    def fetch(self, ref: str) -> SubscriptionSnapshot:
        fetched_at = self._client.clock()
        return self._snapshot(self._get(ref), fetched_at)

    def list_all(self) -> Iterator[SubscriptionSnapshot]:
        for subscription in every_item(self._client.sdk.subscription.all, {}):
            yield self._snapshot(subscription, self._client.clock())

    def cancel(self, command_id: str, ref: str, *, at_period_end: bool) -> None:
        """What has ended already stays so."""
        cancel = self._client.sdk.subscription.cancel
        try:
            send(cancel, ref, {"cancel_at_cycle_end": at_period_end})
        except GatewayRejected:
            if self._get(ref).get("status") not in ENDED:
                raise

    def resume(self, command_id: str, ref: str) -> None:
        raise CapabilityNotSupported(gateway="razorpay", capability="resume")

    def swap(
        self, command_id: str, ref: str, price_ref: str, timing: SwapTiming
    ) -> Swapped | NeedsCheckout:
        return NeedsCheckout()

    def preview_swap(self, ref: str, price_ref: str, timing: SwapTiming) -> Money | None:
        return None

    def portal_url(self, customer: str, return_url: str) -> str:
        raise CapabilityNotSupported(gateway="razorpay", capability="portal")

    def invoices(self, customer: str | None, subscription: str | None) -> Sequence[InvoiceSnapshot]:
        # One filter only: the subscription's is the narrower one.
        filters = {"subscription_id": subscription} if subscription else {"customer_id": customer}
        if not any(filters.values()):
            return []
        fetched_at = self._client.clock()
        listed = every_item(self._client.sdk.invoice.all, filters)
        found = [invoice_snapshot(invoice, fetched_at) for invoice in listed]
        return sorted(found, key=lambda invoice: invoice.issued_at, reverse=True)

    def _get(self, ref: str) -> Json:
        return send(self._client.sdk.subscription.fetch, ref)

    def _snapshot(self, subscription: Json, fetched_at: datetime) -> SubscriptionSnapshot:
        terms = self._catalogue.terms(text(subscription, "plan_id"))
        return subscription_snapshot(subscription, terms, fetched_at)
