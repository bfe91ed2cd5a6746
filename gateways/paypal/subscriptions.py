"""Subscriptions as they are, their end and their payments."""
# ruff: noqa: ARG002 - the port's signatures, of some of which PayPal has no use.

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gateways.paypal.catalogue import Catalogue
from gateways.paypal.client import Json, PayPalClient, issue_of, text
from gateways.paypal.invoices import Invoices
from gateways.paypal.snapshots import (
    ENDED,
    ending_note,
    ends_at,
    status_of,
    subscription_snapshot,
)
from gateways.paypal.subscription_resource import agreed_terms, read_subscription
from gateways.paypal.timestamps import to_datetime
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
    def __init__(
        self,
        client: PayPalClient,
        catalogue: Catalogue,
        invoices: Invoices,
        *,
        emulates_end: bool = False,
    ) -> None:
        self._client = client
        self._emulates_end = emulates_end
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
        """PayPal knows no end of period, and ends it at once. Where the end is emulated, it rests
        until then instead, so that nothing can be charged. What owes something, or is paused, has
        no paid time to keep."""
        found = self.get(ref) if at_period_end and self._emulates_end else {}
        end = to_datetime(found.get("billing_info", {}).get("next_billing_time"))
        now = self._client.clock()
        if ends_at(found) is not None:
            return
        if end is None or end <= now or status_of(found, now) not in ("active", "trialing"):
            self.end(ref, "Cancelled by the customer")
            return
        reason = {"reason": ending_note(end)}
        self._client.post(f"/v1/billing/subscriptions/{ref}/suspend", reason)

    def resume(self, command_id: str, ref: str) -> None:
        """Of what rests until its end."""
        if not self._emulates_end:
            raise CapabilityNotSupported(gateway="paypal", capability="resume")
        found = self.get(ref)
        if found.get("status") == "ACTIVE":
            return
        if ends_at(found) is None:
            raise GatewayRejected("Nothing is cancelled that still runs.", gateway="paypal")
        body = {"reason": "Resumed by the customer"}
        self._client.post(f"/v1/billing/subscriptions/{ref}/activate", body)

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
