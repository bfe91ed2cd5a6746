"""Subscriptions as they are, their changes, invoices and the customer portal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import stripe

from gateways.port import (
    GatewayRejected,
    InvoiceSnapshot,
    SubscriptionSnapshot,
    SwapOutcome,
    SwapTiming,
)
from gateways.port.payers import PayerDetails
from gateways.stripe.client import StripeClient, once, translates_errors
from gateways.stripe.discounts import applied
from gateways.stripe.failures import is_missing
from gateways.stripe.invoices import Invoices
from gateways.stripe.item_changes import release_schedule
from gateways.stripe.metadata import executed, facts, is_executed
from gateways.stripe.payers import Payers
from gateways.stripe.snapshots import (
    ENDED,
    is_ending,
    subscription_snapshot,
)
from gateways.stripe.swaps import Swaps
from kernel.money import Money

# No more than four levels deep, `data` of a list included.
_EXPAND = (
    "default_payment_method",
    "customer.invoice_settings.default_payment_method",
    "schedule",
    "discounts.source.coupon",
    "items.data.discounts",
    "latest_invoice",
)
_EXPAND_LISTED = [f"data.{path}" for path in _EXPAND]


class Subscriptions:
    def __init__(self, client: StripeClient) -> None:
        self.client = client
        self._api = client.api
        self._swaps = Swaps(client)
        self._invoices = Invoices(client)

    @translates_errors
    def fetch(self, ref: str) -> SubscriptionSnapshot:
        fetched_at = self.client.clock()
        subscription = self._api.subscriptions.retrieve(ref, {"expand": list(_EXPAND)})
        return self._snapshot(subscription, fetched_at)

    def list_all(self) -> Iterator[SubscriptionSnapshot]:
        page, more = self._page(None)
        yield from page
        while more and page:
            page, more = self._page(page[-1].ref)
            yield from page

    @translates_errors
    def describe_payer(self, customer: str, payer: PayerDetails) -> None:
        Payers(self.client).describe(customer, payer)

    @translates_errors
    def invoices(self, customer: str | None, subscription: str | None) -> Sequence[InvoiceSnapshot]:
        return self._invoices.of(customer, subscription)

    @translates_errors
    def cancel(self, command_id: str, ref: str, *, at_period_end: bool) -> None:
        """A planned swap is given up: Stripe refuses to end what a schedule governs."""
        subscription = self._api.subscriptions.retrieve(ref)
        metadata = facts(subscription.metadata)
        if subscription.status in ENDED or is_executed(command_id, metadata):
            return
        release_schedule(self._api, subscription)
        if at_period_end:
            self._api.subscriptions.update(
                ref,
                {"cancel_at_period_end": True, "metadata": self._remembering(command_id, metadata)},
                once(command_id, "cancel"),
            )
        else:
            self._cancel_now(ref)

    @translates_errors
    def resume(self, command_id: str, ref: str) -> None:
        subscription = self._api.subscriptions.retrieve(ref)
        metadata = facts(subscription.metadata)
        if is_executed(command_id, metadata):
            return
        if subscription.status in ENDED:
            raise GatewayRejected("The subscription has ended.", gateway="stripe")
        if not is_ending(subscription):
            return
        change: stripe.params.SubscriptionUpdateParams = {
            "metadata": self._remembering(command_id, metadata)
        }
        if subscription.cancel_at_period_end:  # Stripe refuses both at once
            change["cancel_at_period_end"] = False
        else:
            change["cancel_at"] = ""
        self._api.subscriptions.update(ref, change, once(command_id, "resume"))

    @translates_errors
    def swap(
        self,
        command_id: str,
        ref: str,
        price_ref: str,
        timing: SwapTiming,
        quantity: int | None = None,
    ) -> SwapOutcome:
        return self._swaps.swap(command_id, ref, price_ref, timing, quantity)

    @translates_errors
    def preview_swap(
        self, ref: str, price_ref: str, timing: SwapTiming, quantity: int | None = None
    ) -> Money | None:
        return self._swaps.preview(ref, price_ref, timing, quantity)

    @translates_errors
    def portal_url(self, customer: str, return_url: str) -> str:
        return self._api.billing_portal.sessions.create(
            {"customer": customer, "return_url": return_url}
        ).url

    @translates_errors
    def _page(self, after: str | None) -> tuple[list[SubscriptionSnapshot], bool]:
        """Up to 100, and whether there are more."""
        fetched_at = self.client.clock()
        params: stripe.params.SubscriptionListParams = {
            "status": "all",
            "limit": 100,
            "expand": _EXPAND_LISTED,
        }
        if after is not None:
            params["starting_after"] = after
        listed = self._api.subscriptions.list(params)
        found = [self._snapshot(each, fetched_at) for each in listed.data]
        return found, listed.has_more

    def _completed(self, subscription: stripe.Subscription) -> stripe.Subscription:
        """With what few subscriptions have and no expansion reaches: more items than a page,
        prices in several currencies, coupons of single items and of the customer."""
        if subscription.items.has_more:
            items = self._api.subscription_items.list(
                {"subscription": subscription.id, "limit": 100, "expand": ["data.discounts"]}
            )
            subscription.items.data = list(items.auto_paging_iter())
        for item in subscription.items.data:
            if item.price.currency != subscription.currency:
                item.price = self._api.prices.retrieve(
                    item.price.id, {"expand": ["currency_options"]}
                )
            for discount in applied(subscription, item):
                coupon = discount.source.coupon
                if isinstance(coupon, str):
                    discount.source.coupon = self._api.coupons.retrieve(coupon)
        return subscription

    def _snapshot(
        self, subscription: stripe.Subscription, fetched_at: datetime
    ) -> SubscriptionSnapshot:
        completed = self._completed(subscription)
        return subscription_snapshot(completed, self.client.installation, fetched_at)

    def _remembering(self, command_id: str, metadata: dict[str, str]) -> dict[str, str]:
        return self.client.installation.written(executed(command_id, metadata))

    def _cancel_now(self, ref: str) -> None:
        try:
            self._api.subscriptions.cancel(ref)
        except stripe.InvalidRequestError as error:
            if not is_missing(error):  # Stripe's answer for one that is cancelled already
                raise
