"""Subscriptions: the checkout is one that waits for its approval."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from gateways.paypal.catalogue import Catalogue
from gateways.paypal.client import Json, PayPalClient, issue_of, link, request_id, text
from gateways.paypal.custom_id import OurReference
from gateways.paypal.moments import moment
from gateways.paypal.money import from_paypal
from gateways.paypal.snapshots import status_of, subscription_snapshot
from gateways.port import (
    Checkout,
    CheckoutRequest,
    CheckoutSnapshot,
    GatewayRejected,
    GatewayUnavailable,
    Invoice,
    ReferenceNotFound,
    SubscriptionSnapshot,
)
from gateways.return_url import without_placeholder
from kernel.clock import Clock, rfc3339

_PAGE = 20
_ENDED = frozenset({"CANCELLED", "EXPIRED"})
# PayPal remembers a request id for 72 hours. What an older attempt made is searched for among the
# plan's subscriptions of this window, as far back as an approval page could conceivably be open.
_REMEMBERED = timedelta(hours=71)
_LOOK_BACK = timedelta(days=14)
_LOOK_BACK_PAGES = 5


class Subscriptions:
    def __init__(self, client: PayPalClient, catalogue: Catalogue, clock: Clock) -> None:
        self._client = client
        self._catalogue = catalogue
        self._clock = clock

    def start(self, request: CheckoutRequest) -> Checkout:
        reference = OurReference(request.command_id, request.workspace_id, request.replaces)
        custom_id = reference.packed()
        subscription = self._forgotten(request.price_ref, custom_id)
        if subscription is None:
            key = request_id(request.command_id, "subscription")
            body = _body(request, custom_id)
            subscription = self._client.post("/v1/billing/subscriptions", body, key=key)
        # A repeated request answers with the present state: once approved there is no page left.
        page = link(subscription, "approve") or without_placeholder(request.success_url)
        return Checkout(text(subscription, "id"), page)

    def fetch_checkout(self, ref: str) -> CheckoutSnapshot:
        subscription = self._get(ref)
        status = status_of(subscription)
        if status == "pending":
            return CheckoutSnapshot(ref, "open")
        if subscription.get("status") in _ENDED and not _was_paid(subscription):
            return CheckoutSnapshot(ref, "expired")
        return CheckoutSnapshot(ref, "complete", subscription=ref)

    def fetch(self, ref: str) -> SubscriptionSnapshot:
        fetched_at = self._clock()
        return self._snapshot(self._get(ref), fetched_at)

    def all(self) -> Iterator[SubscriptionSnapshot]:
        for summary in self._list({}):
            try:
                yield self.fetch(text(summary, "id"))
            except ReferenceNotFound:
                continue

    def cancel(self, ref: str, reason: str) -> None:
        """Terminal. What has ended already stays so; what was never approved is refused."""
        try:
            self._client.post(f"/v1/billing/subscriptions/{ref}/cancel", {"reason": reason})
        except GatewayRejected as rejected:
            if issue_of(rejected) != "SUBSCRIPTION_STATUS_INVALID":
                raise
            if self._get(ref).get("status") not in _ENDED:
                raise

    def invoices(self, ref: str) -> Sequence[Invoice]:
        """PayPal issues none of its own: each payment stands for one."""
        subscription = self._get(ref)
        start = moment(subscription.get("create_time") or subscription.get("start_time"))
        times = {
            "start_time": rfc3339((start or self._clock()) - timedelta(minutes=1)),
            "end_time": rfc3339(self._clock()),
        }
        paths = f"/v1/billing/subscriptions/{ref}/transactions"
        payments = self._client.get(paths, times).get("transactions", [])
        return sorted(map(_invoice, payments), key=lambda invoice: invoice.date, reverse=True)

    def _get(self, ref: str) -> Json:
        return self._client.get(f"/v1/billing/subscriptions/{ref}")

    def _snapshot(self, subscription: Json, fetched_at: datetime) -> SubscriptionSnapshot:
        terms = self._catalogue.terms(text(subscription, "plan_id"))
        return subscription_snapshot(subscription, terms, fetched_at)

    def _forgotten(self, price_ref: str, custom_id: str) -> Json | None:
        """What the same command made longer ago than PayPal remembers its request id."""
        now = self._clock()
        window = {
            "plan_ids": price_ref,
            "created_after": rfc3339(now - _LOOK_BACK),
            "created_before": rfc3339(now - _REMEMBERED),
        }
        try:
            for summary in self._list(window, pages=_LOOK_BACK_PAGES):
                if summary.get("custom_id") == custom_id:
                    return self._get(text(summary, "id"))
        except (GatewayRejected, ReferenceNotFound):
            # An account without the listing still has the request id.
            return None
        return None

    def _list(self, filters: dict[str, str], pages: int = 100_000) -> Iterator[Json]:
        for page in range(1, pages + 1):
            answer = self._client.get(
                "/v1/billing/subscriptions", {**filters, "page_size": _PAGE, "page": page}
            )
            found = answer.get("subscriptions", [])
            yield from found
            if len(found) < _PAGE:
                return


def _body(request: CheckoutRequest, custom_id: str) -> Json:
    body: Json = {
        "plan_id": request.price_ref,
        "custom_id": custom_id,
        "application_context": {
            "user_action": "SUBSCRIBE_NOW",
            "shipping_preference": "NO_SHIPPING",
            "return_url": without_placeholder(request.success_url),
            "cancel_url": without_placeholder(request.cancel_url),
        },
    }
    if request.customer_email:
        body["subscriber"] = {"email_address": request.customer_email}
    return body


def _was_paid(subscription: Json) -> bool:
    return bool(subscription.get("billing_info", {}).get("last_payment"))


def _invoice(payment: Json) -> Invoice:
    paid_at = moment(payment.get("time"))
    if paid_at is None:
        raise GatewayUnavailable(gateway="paypal", reason="a payment without its time")
    status = str(payment.get("status", "")).lower()
    return Invoice(
        number=text(payment, "id"),
        date=paid_at,
        amount=from_paypal(payment.get("amount_with_breakdown", {}).get("gross_amount")),
        status="paid" if status == "completed" else status,
        charge=text(payment, "id"),
    )
