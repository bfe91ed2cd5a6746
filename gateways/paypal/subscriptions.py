"""Subscriptions as they are, their end and their payments."""
# ruff: noqa: ARG002 - the port's signatures, of some of which PayPal has no use.

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gateways.paypal.catalogue import Catalogue
from gateways.paypal.client import Json, PayPalClient, issue_of, text
from gateways.paypal.invoices import Invoices
from gateways.paypal.snapshots import ENDED, subscription_snapshot
from gateways.paypal.subscription_resource import agreed_terms, read_subscription
from gateways.port import (
    CapabilityNotSupported,
    GatewayRejected,
    InvoiceSnapshot,
    NeedsCheckout,
    ReferenceNotFound,
    SubscriptionSnapshot,
    SwapTiming,
)
from gateways.port.payers import PayerDetails
from kernel.money import Money

_PAGE = 20


class Subscriptions:
    def __init__(self, client: PayPalClient, catalogue: Catalogue, invoices: Invoices) -> None:
        self._client = client
        self._catalogue = catalogue
        self._invoices = invoices

    def fetch(self, ref: str) -> SubscriptionSnapshot:
        fetched_at = self._client.clock()
        subscription = self.get(ref)
        terms = agreed_terms(self._catalogue, subscription)
        return subscription_snapshot(subscription, terms, fetched_at)

    def list_all(self) -> Iterator[SubscriptionSnapshot]:
        for summary in self.summaries({}):
            try:
                yield self.fetch(text(summary, "id"))
            except ReferenceNotFound:
                continue

    def cancel(self, command_id: str, ref: str, *, at_period_end: bool) -> None:
        """PayPal knows no end of period: `capabilities.cancels` says so, and it ends at once."""
        self.end(ref, "Cancelled by the customer")

    def resume(self, command_id: str, ref: str) -> None:
        raise CapabilityNotSupported(gateway="paypal", capability="resume")

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
        raise CapabilityNotSupported(gateway="paypal", capability="portal")

    def describe_payer(self, customer: str, payer: PayerDetails) -> None:
        raise CapabilityNotSupported(gateway="paypal", capability="billing_profile")

    def invoices(self, customer: str | None, subscription: str | None) -> Sequence[InvoiceSnapshot]:
        """PayPal lists payments by subscription only."""
        return self._invoices.of_subscription(subscription) if subscription else []

    def get(self, ref: str) -> Json:
        return read_subscription(self._client, ref)

    def end(self, ref: str, reason: str) -> None:
        """Terminal. What has ended already stays so; what was never approved is refused."""
        try:
            self._client.post(f"/v1/billing/subscriptions/{ref}/cancel", {"reason": reason})
        except GatewayRejected as rejected:
            if issue_of(rejected) != "SUBSCRIPTION_STATUS_INVALID":
                raise
            if self.get(ref).get("status") not in ENDED:
                raise

    def summaries(self, filters: dict[str, str], pages: int = 100_000) -> Iterator[Json]:
        for page in range(1, pages + 1):
            answer = self._client.get(
                "/v1/billing/subscriptions", {**filters, "page_size": _PAGE, "page": page}
            )
            found = answer.get("subscriptions", [])
            yield from found
            if len(found) < _PAGE:
                return
