"""Subscriptions, their changes, invoices and the customer portal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from gateways.port import (
    ActionRequired,
    CapabilityNotSupported,
    InvoiceSnapshot,
    NeedsCheckout,
    SubscriptionSnapshot,
    SwapOutcome,
    SwapTiming,
)
from gateways.port.payers import PayerDetails
from gateways.sandbox import snapshots
from gateways.sandbox.client import SandboxClient
from gateways.sandbox.simulation import invoices, portals, subscriptions, swaps
from gateways.sandbox.simulation.customers import describe
from gateways.sandbox.simulation.ledger import Ledger
from gateways.sandbox.simulation.records import PendingSwap, Subscription
from kernel.money import Money


class Subscriptions:
    def __init__(self, client: SandboxClient) -> None:
        self._client = client
        self._capabilities = client.profile.capabilities

    def fetch(self, ref: str) -> SubscriptionSnapshot:
        return self._client.call(
            lambda ledger: self._snapshot(
                ledger, ledger.get(Subscription, ref), self._client.clock()
            )
        )

    def list_all(self) -> Iterator[SubscriptionSnapshot]:
        fetched_at = self._client.clock()
        yield from self._client.call(
            lambda ledger: [
                self._snapshot(ledger, record, fetched_at) for record in ledger.every(Subscription)
            ]
        )

    def cancel(self, command_id: str, ref: str, *, at_period_end: bool) -> None:
        waits = at_period_end and self._capabilities.cancels == "period_end"
        self._client.once(
            "cancel",
            command_id,
            lambda ledger: subscriptions.cancel(ledger, ref, at_period_end=waits),
        )

    def resume(self, command_id: str, ref: str) -> None:
        if not self._capabilities.resume:
            raise CapabilityNotSupported("This gateway has no resume.")
        self._client.once("resume", command_id, lambda ledger: subscriptions.resume(ledger, ref))

    def swap(
        self,
        command_id: str,
        ref: str,
        price_ref: str,
        timing: SwapTiming,
        quantity: int | None = None,
    ) -> SwapOutcome:
        if not self._capabilities.swap_in_place:
            return NeedsCheckout()
        outcome = self._client.call(
            lambda ledger: swaps.swap_once(ledger, command_id, ref, price_ref, timing, quantity)
        )
        if isinstance(outcome, PendingSwap):
            return ActionRequired(outcome.id, self._client.urls.confirmation(outcome.id))
        return outcome

    def preview_swap(
        self, ref: str, price_ref: str, timing: SwapTiming, quantity: int | None = None
    ) -> Money | None:
        if not self._capabilities.proration_preview:
            return None
        return self._client.call(
            lambda ledger: swaps.preview(ledger, ref, price_ref, timing, quantity)
        )

    def portal_url(self, customer: str, return_url: str) -> str:
        if not self._capabilities.portal:
            raise CapabilityNotSupported("This gateway has no portal.")
        session = self._client.call(lambda ledger: portals.open_for(ledger, customer, return_url))
        return self._client.urls.portal(session.id)

    def describe_payer(self, customer: str, payer: PayerDetails) -> None:
        self._client.profile.capabilities.require("billing_profile")
        self._client.call(lambda ledger: describe(ledger, customer, payer))

    def invoices(self, customer: str | None, subscription: str | None) -> Sequence[InvoiceSnapshot]:
        client = self._client
        fetched_at = client.clock()
        return client.call(
            lambda ledger: [
                snapshots.invoice_snapshot(ledger, client, record, fetched_at)
                for record in invoices.listed(ledger, customer, subscription)
            ]
        )

    def _snapshot(
        self, ledger: Ledger, record: Subscription, fetched_at: datetime
    ) -> SubscriptionSnapshot:
        return snapshots.subscription_snapshot(ledger, self._client, record, fetched_at)
