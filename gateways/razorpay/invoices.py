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

# Banks take no refund after six months.
_REFUNDABLE = timedelta(days=200)

Disputes = Mapping[str, tuple[DisputeSnapshot, ...]]


class Invoices:
    def __init__(self, client: RazorpayClient, movements: Movements) -> None:
        self._client = client
        self._movements = movements

    def listed(self, customer: str | None, subscription: str | None) -> list[InvoiceSnapshot]:
        """Newest first. Razorpay takes one filter: the subscription's is the narrower one."""
        filters = {"subscription_id": subscription} if subscription else {"customer_id": customer}
        if not any(filters.values()):
            return []
        fetched_at = self._client.clock()
        found = list(every_item(self._client.sdk.invoice.all, filters))
        disputes = (
            self._movements.disputes() if any(each.get("payment_id") for each in found) else {}
        )
        subscriptions = self._subscriptions(found)
        shown = [
            self._with_movements(self._billed(each, found, subscriptions), disputes, fetched_at)
            for each in found
        ]
        return sorted(shown, key=lambda each: (each.issued_at, each.ref), reverse=True)

    def get(self, ref: str) -> InvoiceSnapshot:
        """`ref`: an invoice, or a payment of one."""
        sdk, invoice = self._client.sdk, ref
        if ref.startswith("pay_"):
            invoice = send(sdk.payment.fetch, ref).get("invoice_id") or ""
        if not invoice:
            raise ReferenceNotFound(gateway="razorpay", invoice=ref)
        found = send(sdk.invoice.fetch, invoice)
        listed = self.listed(found.get("customer_id"), found.get("subscription_id"))
        for each in listed:
            if each.ref == invoice:
                return each
        raise ReferenceNotFound(gateway="razorpay", invoice=ref)

    def last_unpaid(self, subscription: str) -> Json | None:
        listed = every_item(self._client.sdk.invoice.all, {"subscription_id": subscription})
        return max(filter(is_unpaid, listed), key=issued_at, default=None)

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
        self, billed: Billed, disputes: Disputes, fetched_at: datetime
    ) -> InvoiceSnapshot:
        shown = invoice_snapshot(billed, fetched_at)
        if shown.charge is None:
            return shown
        recent = shown.paid_at is None or fetched_at - shown.paid_at < _REFUNDABLE
        refunds = self._movements.refunds(shown.charge) if recent else ()
        return replace(shown, refunds=refunds, disputes=disputes.get(shown.charge, ()))
