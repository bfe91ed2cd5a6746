"""Invoices of subscriptions, with what went back of their payments and what is disputed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from gateways.port import DisputeSnapshot, InvoiceSnapshot, ReferenceNotFound
from gateways.razorpay.client import Json, RazorpayClient, every_item, send
from gateways.razorpay.invoice_snapshots import Billed, invoice_snapshot, is_unpaid, issued_at
from gateways.razorpay.movements import Movements
from gateways.razorpay.snapshots import ENDED

# A list asks for the refunds of each payment of about a year; older ones come by name alone.
_LISTED = timedelta(days=400)

Disputes = Mapping[str, tuple[DisputeSnapshot, ...]]


class Invoices:
    def __init__(self, client: RazorpayClient, movements: Movements) -> None:
        self._client = client
        self._movements = movements

    def listed(self, customer: str | None, subscription: str | None) -> list[InvoiceSnapshot]:
        """Newest first."""
        found = self._found(customer, subscription)
        shown = self._snapshots(found, found, since=self._client.clock() - _LISTED)
        return sorted(shown, key=lambda each: (each.issued_at, each.ref), reverse=True)

    def get(self, ref: str) -> InvoiceSnapshot:
        """`ref`: an invoice, or a payment of one."""
        sdk, invoice = self._client.sdk, ref
        if ref.startswith("pay_"):
            invoice = send(sdk.payment.fetch, ref).get("invoice_id") or ""
        if not invoice:
            raise ReferenceNotFound(gateway="razorpay", invoice=ref)
        named = send(sdk.invoice.fetch, invoice)
        found = self._found(named.get("customer_id"), named.get("subscription_id"))
        wanted = [each for each in found if each["id"] == invoice]
        for shown in self._snapshots(wanted, found):
            return shown
        raise ReferenceNotFound(gateway="razorpay", invoice=ref)

    def last_unpaid(self, subscription: str) -> Json | None:
        listed = every_item(self._client.sdk.invoice.all, {"subscription_id": subscription})
        return max(filter(is_unpaid, listed), key=issued_at, default=None)

    def _found(self, customer: str | None, subscription: str | None) -> list[Json]:
        """Razorpay takes one filter: the subscription's is the narrower one."""
        filters = {"subscription_id": subscription} if subscription else {"customer_id": customer}
        return (
            list(every_item(self._client.sdk.invoice.all, filters)) if any(filters.values()) else []
        )

    def _snapshots(
        self, wanted: list[Json], found: list[Json], since: datetime | None = None
    ) -> list[InvoiceSnapshot]:
        """With the refunds of what was paid `since`."""
        fetched_at, subscriptions = self._client.clock(), self._subscriptions(wanted)
        paid = any(each.get("payment_id") for each in wanted)
        disputes = self._movements.disputes() if paid else {}
        shown = [
            invoice_snapshot(self._billed(each, found, subscriptions), fetched_at)
            for each in wanted
        ]
        return [self._with_movements(each, disputes, since) for each in shown]

    def _subscriptions(self, invoices: list[Json]) -> dict[str, Json]:
        named = {each["subscription_id"] for each in invoices if each.get("subscription_id")}
        return {ref: send(self._client.sdk.subscription.fetch, ref) for ref in named}

    def _billed(self, invoice: Json, listed: list[Json], subscriptions: dict[str, Json]) -> Billed:
        """What waits when its subscription ends, or a later invoice was paid, is never charged."""
        ref = invoice.get("subscription_id")
        subscription = subscriptions.get(ref or "", {})
        paid_later = any(
            each.get("status") == "paid"
            and each.get("subscription_id") == ref
            and issued_at(each) > issued_at(invoice)
            for each in listed
        )
        ended = subscription.get("status") in ENDED
        unpaid = is_unpaid(invoice)
        return Billed(
            invoice,
            subscription,
            failed=self._last_failed(invoice) if unpaid else None,
            given_up=unpaid and bool(ref) and (paid_later or ended),
        )

    def _last_failed(self, invoice: Json) -> Json | None:
        if not invoice.get("order_id"):
            return None
        payments = send(self._client.sdk.order.payments, invoice["order_id"]).get("items", [])
        failed = [each for each in payments if each.get("status") == "failed"]
        return max(failed, key=lambda each: each.get("created_at") or 0, default=None)

    def _with_movements(
        self, shown: InvoiceSnapshot, disputes: Disputes, since: datetime | None
    ) -> InvoiceSnapshot:
        if shown.charge is None:
            return shown
        asked = since is None or shown.paid_at is None or shown.paid_at > since
        refunds = self._movements.refunds(shown.charge) if asked else ()
        return replace(shown, refunds=refunds, disputes=disputes.get(shown.charge, ()))
