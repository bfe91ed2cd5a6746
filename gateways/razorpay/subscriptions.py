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
    PlannedChange,
    SubscriptionSnapshot,
    SwapTiming,
)
from gateways.port.payers import PayerDetails
from gateways.razorpay.catalogue import Catalogue
from gateways.razorpay.client import Json, RazorpayClient, every_item, send, text
from gateways.razorpay.invoices import Invoices
from gateways.razorpay.payment_methods import PaymentMethods
from gateways.razorpay.snapshots import ENDED, subscription_snapshot
from gateways.razorpay.timestamps import to_datetime
from kernel.money import Money

_UNPAID = frozenset({"pending", "halted"})


class Subscriptions:
    def __init__(self, client: RazorpayClient, catalogue: Catalogue, invoices: Invoices) -> None:
        self._client = client
        self._catalogue = catalogue
        self._invoices = invoices
        self._methods = PaymentMethods(client)

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
        self,
        command_id: str,
        ref: str,
        price_ref: str,
        timing: SwapTiming,
        quantity: int | None = None,
    ) -> NeedsCheckout:
        return NeedsCheckout()

    def preview_swap(
        self, ref: str, price_ref: str, timing: SwapTiming, quantity: int | None = None
    ) -> Money | None:
        return None

    def portal_url(self, customer: str, return_url: str) -> str:
        raise CapabilityNotSupported(gateway="razorpay", capability="portal")

    def describe_payer(self, customer: str, payer: PayerDetails) -> None:
        raise CapabilityNotSupported(gateway="razorpay", capability="billing_profile")

    def invoices(self, customer: str | None, subscription: str | None) -> Sequence[InvoiceSnapshot]:
        return self._invoices.listed(customer, subscription)

    def _get(self, ref: str) -> Json:
        return send(self._client.sdk.subscription.fetch, ref)

    def _snapshot(self, subscription: Json, fetched_at: datetime) -> SubscriptionSnapshot:
        terms = self._catalogue.terms(text(subscription, "plan_id"))
        waits = subscription.get("status") in _UNPAID
        unpaid = self._invoices.last_unpaid(text(subscription, "id")) if waits else None
        planned, method = self._planned(subscription), self._methods.of(subscription)
        return subscription_snapshot(subscription, terms, fetched_at, planned, unpaid, method)

    def _planned(self, subscription: Json) -> PlannedChange | None:
        """Never ours: of a plan we change none in place."""
        at = to_datetime(subscription.get("change_scheduled_at"))
        if not subscription.get("has_scheduled_changes") or at is None:
            return None
        change = send(self._client.sdk.subscription.pending_update, text(subscription, "id"))
        return PlannedChange(at, text(change, "plan_id"), ours=False)
