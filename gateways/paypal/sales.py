"""Payments of subscriptions, which PayPal keeps as sales of its first API, and their refunds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import structlog

from gateways.paypal.client import Json, PayPalClient, request_id, text
from gateways.paypal.money import from_paypal, to_paypal
from gateways.paypal.timestamps import to_datetime
from gateways.paypal.transactions import transactions
from gateways.port import (
    GatewayRejected,
    GatewayUnavailable,
    Refund,
    RefundSnapshot,
    RefundStatus,
)
from kernel.money import Money

_STATE: Final[dict[str, RefundStatus]] = {
    "completed": "succeeded",
    "cancelled": "failed",
    "failed": "failed",
}
# Of the search: denied, pending, succeeded, reversed.
_SEARCHED: Final[dict[str, RefundStatus]] = {"S": "succeeded", "D": "failed", "V": "failed"}
_REFUND = "T1107"
_INVOICE_NUMBER = 127

log = structlog.get_logger()


class Sales:
    """A sale does not list its refunds: the account's transactions are searched for them."""

    def __init__(self, client: PayPalClient) -> None:
        self._client = client

    def get(self, ref: str) -> Json:
        return self._client.get(f"/v1/payments/sale/{ref}")

    def refunds(self, paid_at: Mapping[str, datetime]) -> dict[str, tuple[RefundSnapshot, ...]]:
        """By sale, oldest first. None where the app may not search."""
        found = defaultdict(list)
        try:
            for info in self._searched(min(paid_at.values())) if paid_at else ():
                found[info.get("paypal_reference_id")].append(_searched_refund(info))
        except GatewayRejected as rejected:
            log.warning("paypal_search_refused", issue=rejected.details.get("issue"))
        return {
            sale: tuple(sorted(found.get(sale, ()), key=lambda each: (each.at, each.ref)))
            for sale in paid_at
        }

    def refund_named(self, ref: str) -> tuple[str, RefundSnapshot]:
        """Its sale, and the refund itself, at once and without the search."""
        refund = self._client.get(f"/v1/payments/refund/{ref}")
        at = to_datetime(refund.get("create_time"))
        if at is None:
            raise GatewayUnavailable(gateway="paypal", reason="a refund without its time")
        given = _given_back(refund)
        return text(refund, "sale_id"), RefundSnapshot(
            given.ref, given.amount.amount, given.status, at
        )

    def refund(self, command_id: str, sale: str, amount: Money, reason: str) -> Refund:
        """Looked for before it is made, once anything was refunded: PayPal remembers the request id
        for 30 days only."""
        made = self._made_by(command_id, sale)
        if made is not None:
            return made
        sent = to_paypal(amount)
        body: Json = {
            "amount": {"total": sent["value"], "currency": sent["currency_code"]},
            "description": reason.encode("ascii", "ignore").decode()[:255],
            "invoice_number": command_id[:_INVOICE_NUMBER],
        }
        key = request_id(command_id, "refund")
        return _given_back(self._client.post(f"/v1/payments/sale/{sale}/refund", body, key=key))

    def _made_by(self, command_id: str, sale: str) -> Refund | None:
        shown = self.get(sale)
        paid_at = to_datetime(shown.get("create_time"))
        if shown.get("state") == "completed" or paid_at is None:
            return None
        try:
            for info in self._searched(paid_at):
                ours = info.get("invoice_id") == command_id[:_INVOICE_NUMBER]
                if ours and info.get("paypal_reference_id") == sale:
                    refund = _searched_refund(info)
                    amount = from_paypal(info.get("transaction_amount"))
                    return Refund(refund.ref, Money(refund.amount, amount.currency), refund.status)
        except GatewayRejected:
            # Without the search the request id still guards.
            return None
        return None

    def _searched(self, since: datetime) -> list[Json]:
        return list(transactions(self._client, since, self._client.clock(), _REFUND))


def _given_back(refund: Json) -> Refund:
    back = refund.get("amount") or {}
    amount = from_paypal({"currency_code": back.get("currency"), "value": back.get("total")})
    return Refund(text(refund, "id"), amount, _STATE.get(str(refund.get("state")), "pending"))


def _searched_refund(info: Json) -> RefundSnapshot:
    """The search shows what went out below zero."""
    at = to_datetime(info.get("transaction_initiation_date"))
    if at is None:
        raise GatewayUnavailable(gateway="paypal", reason="a refund without its time")
    amount = abs(from_paypal(info.get("transaction_amount")).amount)
    status = _SEARCHED.get(str(info.get("transaction_status")), "pending")
    return RefundSnapshot(text(info, "transaction_id"), amount, status, at)
