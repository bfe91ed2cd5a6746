"""Subscriptions as they are, their cancellation and its withdrawal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import stripe

from gateways.port import GatewayRejected, Invoice, SubscriptionSnapshot
from gateways.stripe.connection import (
    Connection,
    asks,
    executed,
    is_executed,
    is_missing,
    once,
    words,
)
from gateways.stripe.shapes import (
    ENDED,
    invoice_line,
    is_ending,
    reference,
    subscription_snapshot,
)

_METHODS = ("default_payment_method", "customer.invoice_settings.default_payment_method")
_LISTED_METHODS = [f"data.{path}" for path in _METHODS]


class Subscriptions(Connection):
    @asks
    def fetch_subscription(self, ref: str) -> SubscriptionSnapshot:
        fetched_at = self._clock()
        subscription = self._api.subscriptions.retrieve(ref, {"expand": list(_METHODS)})
        return subscription_snapshot(subscription, fetched_at)

    def list_subscriptions(self) -> Iterator[SubscriptionSnapshot]:
        page, more = self._page(None)
        yield from page
        while more and page:
            page, more = self._page(page[-1].ref)
            yield from page

    @asks
    def list_invoices(self, customer: str | None, subscription: str | None) -> Sequence[Invoice]:
        params: stripe.params.InvoiceListParams = {"limit": 100}
        if customer:
            params["customer"] = customer
        if subscription:
            params["subscription"] = subscription
        invoices = self._api.invoices.list(params).auto_paging_iter()
        return [invoice_line(invoice) for invoice in invoices if invoice.status != "draft"]

    @asks
    def cancel(self, command_id: str, ref: str, *, at_period_end: bool) -> None:
        """A planned swap is given up: Stripe refuses to end what a schedule governs."""
        subscription = self._api.subscriptions.retrieve(ref)
        metadata = words(subscription.metadata)
        if subscription.status in ENDED or is_executed(command_id, metadata):
            return
        self._release_schedule(subscription)
        if at_period_end:
            self._api.subscriptions.update(
                ref,
                {"cancel_at_period_end": True, "metadata": executed(command_id, metadata)},
                once(command_id, "cancel"),
            )
        else:
            self._cancel_now(ref)

    @asks
    def resume(self, command_id: str, ref: str) -> None:
        subscription = self._api.subscriptions.retrieve(ref)
        metadata = words(subscription.metadata)
        if is_executed(command_id, metadata):
            return
        if subscription.status in ENDED:
            raise GatewayRejected("The subscription has ended.", gateway="stripe")
        if not is_ending(subscription):
            return
        change: stripe.params.SubscriptionUpdateParams = {
            "metadata": executed(command_id, metadata)
        }
        if subscription.cancel_at_period_end:  # Stripe refuses both at once
            change["cancel_at_period_end"] = False
        else:
            change["cancel_at"] = ""
        self._api.subscriptions.update(ref, change, once(command_id, "resume"))

    @asks
    def _page(self, after: str | None) -> tuple[list[SubscriptionSnapshot], bool]:
        """Up to 100, and whether there are more."""
        fetched_at = self._clock()
        params: stripe.params.SubscriptionListParams = {
            "status": "all",
            "limit": 100,
            "expand": _LISTED_METHODS,
        }
        if after is not None:
            params["starting_after"] = after
        listed = self._api.subscriptions.list(params)
        return [subscription_snapshot(each, fetched_at) for each in listed.data], listed.has_more

    def _cancel_now(self, ref: str) -> None:
        try:
            self._api.subscriptions.cancel(ref)
        except stripe.InvalidRequestError as error:
            if not is_missing(error):  # Stripe's answer for one that is cancelled already
                raise

    def _release_schedule(self, subscription: stripe.Subscription) -> None:
        schedule = reference(subscription.schedule)
        if not schedule:
            return
        try:
            self._api.subscription_schedules.release(schedule)
        except stripe.InvalidRequestError:
            if reference(self._api.subscriptions.retrieve(subscription.id).schedule):
                raise
