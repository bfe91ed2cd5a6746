"""Invoices of a subscription: its payments, what went back of them and what is disputed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from gateways.paypal.catalogue import Catalogue
from gateways.paypal.client import Json, PayPalClient
from gateways.paypal.disputes import Disputes
from gateways.paypal.invoice_snapshots import Billed, invoice_snapshots
from gateways.paypal.sales import Sales
from gateways.paypal.subscription_resource import agreed_terms, read_subscription
from gateways.paypal.timestamps import to_datetime
from gateways.port import DisputeSnapshot, InvoiceSnapshot, ReferenceNotFound, RefundSnapshot
from kernel.clock import rfc3339

_REFUNDED = frozenset({"PARTIALLY_REFUNDED", "REFUNDED"})


class Invoices:
    def __init__(self, client: PayPalClient, catalogue: Catalogue, sales: Sales) -> None:
        self._client = client
        self._catalogue = catalogue
        self._sales = sales
        self._disputes = Disputes(client)

    def of_subscription(self, ref: str) -> list[InvoiceSnapshot]:
        """Newest first."""
        return self._with_movements(self._payments(ref))

    def get(self, ref: str) -> InvoiceSnapshot:
        """`ref`: a payment, or a refund of one, which the search would not know for hours."""
        try:
            return self._get(ref)
        except ReferenceNotFound:
            sale, refund = self._sales.refund_named(ref)
        return _including(self._get(sale), refund)

    def _get(self, ref: str) -> InvoiceSnapshot:
        subscription = self._sales.get(ref).get("billing_agreement_id")
        shown = self._payments(subscription) if subscription else []
        for invoice in self._with_movements([each for each in shown if each.ref == ref]):
            return invoice
        raise ReferenceNotFound(gateway="paypal", invoice=ref)

    def _payments(self, ref: str) -> list[InvoiceSnapshot]:
        fetched_at = self._client.clock()
        subscription = read_subscription(self._client, ref)
        start = to_datetime(subscription.get("create_time") or subscription.get("start_time"))
        times = {
            "start_time": rfc3339((start or fetched_at) - timedelta(minutes=1)),
            "end_time": rfc3339(fetched_at),
        }
        path = f"/v1/billing/subscriptions/{ref}/transactions"
        listed: list[Json] = self._client.get(path, times).get("transactions", [])
        terms = agreed_terms(self._catalogue, subscription)
        return invoice_snapshots(Billed(subscription, terms, fetched_at), listed)

    def _with_movements(self, invoices: list[InvoiceSnapshot]) -> list[InvoiceSnapshot]:
        refunded = {
            each.ref: each.paid_at
            for each in invoices
            if each.raw_status in _REFUNDED and each.paid_at
        }
        refunds = self._sales.refunds(refunded)
        return [
            replace(each, refunds=refunds.get(each.ref, ()), disputes=self._disputes_of(each))
            for each in invoices
        ]

    def _disputes_of(self, invoice: InvoiceSnapshot) -> tuple[DisputeSnapshot, ...]:
        return self._disputes.of(invoice.ref, invoice.paid_at) if invoice.paid_at else ()


def _including(invoice: InvoiceSnapshot, refund: RefundSnapshot) -> InvoiceSnapshot:
    others = [each for each in invoice.refunds if each.ref != refund.ref]
    refunds = sorted([*others, refund], key=lambda each: (each.at, each.ref))
    return replace(invoice, refunds=tuple(refunds))
