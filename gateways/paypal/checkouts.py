"""Checkouts on PayPal's pages: a subscription or an order that waits for its payer's approval."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from gateways.paypal.client import Json, PayPalClient, issue_of, link, request_id, text
from gateways.paypal.metadata import OurReference
from gateways.paypal.money import to_paypal
from gateways.paypal.offers import begun_with
from gateways.paypal.orders import Orders, is_forgotten
from gateways.paypal.snapshots import ENDED, status_of
from gateways.paypal.subscriptions import Subscriptions
from gateways.port import (
    Checkout,
    CheckoutRequest,
    CheckoutSnapshot,
    GatewayRejected,
    GatewayUnavailable,
    PaymentRequest,
    ReferenceNotFound,
)
from gateways.return_url import without_placeholder
from kernel.clock import rfc3339

_SUBSCRIPTION_PREFIX = "I-"
# PayPal remembers a request id for 72 hours. What an older attempt made is searched for among the
# plan's subscriptions of this window, as far back as an approval page could conceivably be open.
_REMEMBERED = timedelta(hours=71)
_LOOK_BACK = timedelta(days=14)
_LOOK_BACK_PAGES = 5
# Not any more, or not by the unit.
_NOT_SOLD = frozenset({"PLAN_STATUS_INVALID", "SUBSCRIPTION_CANNOT_HAVE_QUANTITY"})


class Checkouts:
    def __init__(
        self,
        client: PayPalClient,
        subscriptions: Subscriptions,
        orders: Orders,
        tax_percentage: Decimal,
    ) -> None:
        self._client = client
        self._tax_percentage = tax_percentage
        self._subscriptions = subscriptions
        self._orders = orders

    def start(self, request: CheckoutRequest) -> Checkout:
        listed = request.plan.price.amount if request.coupon is not None else None
        reference = OurReference(request.command_id, request.workspace_id, request.replaces, listed)
        custom_id = reference.packed()
        subscription = self._forgotten(request.price_ref, custom_id)
        if subscription is None:
            key = request_id(request.command_id, "subscription")
            body = _subscription_body(request, custom_id) | begun_with(
                request, self._client.clock(), self._tax_percentage
            )
            subscription = self._create(body, key)
        # A repeated request answers with the present state: once approved there is no page left.
        page = link(subscription, "approve") or without_placeholder(request.success_url)
        return Checkout(text(subscription, "id"), page)

    def start_payment(self, request: PaymentRequest) -> Checkout:
        """`invoice_id` is the second guard after PayPal forgot the request id: accounts refuse a
        second payment of one invoice id unless their owner switched that off."""
        body = _order_body(request)
        key = request_id(request.command_id, "order")
        order = self._client.post("/v2/checkout/orders", body, key=key)
        page = link(order, "payer-action", "approve")
        return Checkout(text(order, "id"), page or without_placeholder(request.success_url))

    def fetch(self, ref: str) -> CheckoutSnapshot:
        if ref.startswith(_SUBSCRIPTION_PREFIX):
            return self._of_subscription(ref)
        return self._of_order(ref)

    def abandon(self, ref: str) -> None:
        """An order can't be closed; nor, as far as is known, a subscription that waits for its
        approval, but asking costs nothing."""
        if not ref.startswith(_SUBSCRIPTION_PREFIX):
            return
        try:
            if self._of_subscription(ref).status == "open":
                self._subscriptions.end(ref, "Superseded by another checkout")
        except (GatewayRejected, ReferenceNotFound):
            return

    def _of_subscription(self, ref: str) -> CheckoutSnapshot:
        subscription = self._subscriptions.get(ref)
        status = status_of(subscription, self._client.clock())
        if status == "pending":
            return CheckoutSnapshot(ref, "open")
        if subscription.get("status") in ENDED and not _was_paid(subscription):
            return CheckoutSnapshot(ref, "expired")
        return CheckoutSnapshot(ref, "complete", subscription=ref)

    def _of_order(self, ref: str) -> CheckoutSnapshot:
        """PayPal forgets an order that nobody paid: it is expired then."""
        try:
            status = self._orders.get(ref).get("status")
        except ReferenceNotFound:
            if not is_forgotten(ref):
                raise
            return CheckoutSnapshot(ref, "expired")
        if status == "COMPLETED":
            return CheckoutSnapshot(ref, "complete", charge=ref)
        if status == "APPROVED":
            return CheckoutSnapshot(ref, "open", charge=ref)
        return CheckoutSnapshot(ref, "expired" if status == "VOIDED" else "open")

    def _create(self, body: Json, key: str) -> Json:
        """ReferenceNotFound for a plan that is not sold, which syncing it may mend."""
        try:
            return self._client.post("/v1/billing/subscriptions", body, key=key)
        except GatewayRejected as rejected:
            if issue_of(rejected) not in _NOT_SOLD:
                raise
            raise ReferenceNotFound(gateway="paypal", plan=body["plan_id"]) from None

    def _forgotten(self, price_ref: str, custom_id: str) -> Json | None:
        """What the same command made longer ago than PayPal remembers its request id."""
        now = self._client.clock()
        window = {
            "plan_ids": price_ref,
            "created_after": rfc3339(now - _LOOK_BACK),
            "created_before": rfc3339(now - _REMEMBERED),
        }
        try:
            for summary in self._subscriptions.summaries(window, pages=_LOOK_BACK_PAGES):
                if summary.get("custom_id") == custom_id:
                    return self._subscriptions.get(text(summary, "id"))
        except (GatewayRejected, GatewayUnavailable, ReferenceNotFound):
            # The listing is in none of PayPal's documents: without it the request id still guards.
            return None
        return None


def _subscription_body(request: CheckoutRequest, custom_id: str) -> Json:
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


def _order_body(request: PaymentRequest) -> Json:
    reference = OurReference(request.command_id, request.workspace_id)
    unit = {
        "reference_id": "default",
        "custom_id": reference.packed(),
        "invoice_id": request.command_id[:127],
        "description": request.description[:127],
        "amount": to_paypal(request.amount),
    }
    paypal: Json = {
        "experience_context": {
            "user_action": "PAY_NOW",
            "shipping_preference": "NO_SHIPPING",
            # No e-cheques: they would stay pending for days.
            "payment_method_preference": "IMMEDIATE_PAYMENT_REQUIRED",
            "return_url": without_placeholder(request.success_url),
            "cancel_url": without_placeholder(request.cancel_url),
        }
    }
    if request.customer_email:
        paypal["email_address"] = request.customer_email
    return {
        "intent": "CAPTURE",
        "purchase_units": [unit],
        "payment_source": {"paypal": paypal},
    }


def _was_paid(subscription: Json) -> bool:
    return bool(subscription.get("billing_info", {}).get("last_payment"))
