"""One-time payments: an order that the payer approves on PayPal's page and we then capture.

An order is the charge's reference from start to end. It is captured when somebody looks at it after
its approval (the return, the webhook or the sweep): PayPal captures an order once however often it
is asked, and an order that nobody looks at costs the payer nothing.
"""

from __future__ import annotations

from datetime import timedelta

from gateways.paypal.captures import charge_snapshot, our_refund, refund_of
from gateways.paypal.client import Json, PayPalClient, issue_of, link, request_id, text
from gateways.paypal.custom_id import OurReference
from gateways.paypal.money import to_paypal
from gateways.paypal.sales import refund_sale
from gateways.port import (
    ChargeSnapshot,
    Checkout,
    CheckoutSnapshot,
    GatewayRejected,
    PaymentRequest,
    ReferenceNotFound,
    Refund,
)
from gateways.return_url import without_placeholder
from kernel.clock import Clock, rfc3339
from kernel.money import Money

_DECLINED = frozenset({"INSTRUMENT_DECLINED", "PAYER_CANNOT_PAY", "TRANSACTION_REFUSED"})
# The longest range that one transaction search takes.
_SEARCHED = timedelta(days=31)


class Orders:
    def __init__(self, client: PayPalClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock

    def start(self, request: PaymentRequest) -> Checkout:
        """`invoice_id` is the second guard after PayPal forgot the request id: accounts refuse a
        second payment of one invoice id unless their owner switched that off."""
        body = _body(request)
        key = request_id(request.command_id, "order")
        order = self._client.post("/v2/checkout/orders", body, key=key)
        page = link(order, "payer-action", "approve")
        return Checkout(text(order, "id"), page or without_placeholder(request.success_url))

    def fetch_checkout(self, ref: str) -> CheckoutSnapshot:
        order, _ = self._settled(ref)
        if order.get("status") == "COMPLETED":
            return CheckoutSnapshot(ref, "complete", charge=ref)
        return CheckoutSnapshot(ref, "expired" if order.get("status") == "VOIDED" else "open")

    def fetch(self, ref: str) -> ChargeSnapshot:
        order, declined = self._settled(ref)
        return charge_snapshot(order, declined, link(order, "payer-action", "approve"))

    def find(self, command_id: str) -> ChargeSnapshot | None:
        """Searches the payments of the last 31 days. PayPal lists a payment hours after it was
        made; until then an order is only found by its reference."""
        now = self._clock()
        window: dict[str, str | int] = {
            "start_date": rfc3339((now - _SEARCHED + timedelta(minutes=1)).replace(microsecond=0)),
            "end_date": rfc3339(now.replace(microsecond=0)),
            "fields": "transaction_info",
            "page_size": 500,
        }
        page, pages = 1, 1
        while page <= pages:
            answer = self._client.get("/v1/reporting/transactions", {**window, "page": page})
            for detail in answer.get("transaction_details", []):
                info = detail.get("transaction_info", {})
                if _paid_by(command_id, info):
                    return self.fetch(text(info, "transaction_id"))
            page, pages = page + 1, int(answer.get("total_pages", 1))
        return None

    def refund(self, command_id: str, charge: str, amount: Money, reason: str) -> Refund:
        """Looks before it refunds, for retries later than the 45 days of the request id. `charge`
        may also be the payment of a subscription, which belongs to no order."""
        try:
            capture, made = our_refund(self._order(charge), command_id)
        except ReferenceNotFound:
            return refund_sale(self._client, command_id, charge, amount, reason)
        if made is not None:
            return refund_of(made)
        body: Json = {
            "amount": to_paypal(amount),
            "custom_id": OurReference(command_id).packed(),
            "note_to_payer": reason[:255],
        }
        path = f"/v2/payments/captures/{capture}/refund"
        return refund_of(self._client.post(path, body, key=request_id(command_id, "refund")))

    def _order(self, ref: str) -> Json:
        """Webhooks and the transaction search name captures, whose ids look like those of orders.
        ReferenceNotFound when it is neither."""
        try:
            return self._client.get(f"/v2/checkout/orders/{ref}")
        except ReferenceNotFound:
            capture = self._client.get(f"/v2/payments/captures/{ref}")
        related = capture.get("supplementary_data", {}).get("related_ids", {})
        if "order_id" not in related:
            raise ReferenceNotFound("the payment belongs to no order", gateway="paypal")
        return self._client.get(f"/v2/checkout/orders/{related['order_id']}")

    def _settled(self, ref: str) -> tuple[Json, str]:
        """The order, captured if it was approved, and why that was declined, if it was."""
        order = self._order(ref)
        if order.get("status") != "APPROVED":
            return order, ""
        declined = self._capture(order)
        return self._client.get(f"/v2/checkout/orders/{text(order, 'id')}"), declined

    def _capture(self, order: Json) -> str:
        """PayPal's reason when it declined the instrument. The key belongs to one approval: after
        another the same order is captured anew."""
        ref = text(order, "id")
        key = request_id(ref, f"capture {order.get('update_time', '')}")
        try:
            self._client.post(f"/v2/checkout/orders/{ref}/capture", {}, key=key)
        except GatewayRejected as rejected:
            reason = issue_of(rejected)
            if reason not in _DECLINED and reason != "ORDER_ALREADY_CAPTURED":
                raise
            return reason if reason in _DECLINED else ""
        return ""


def _paid_by(command_id: str, info: Json) -> bool:
    """Refunds repeat their payment's field; payments have the codes T00xx."""
    is_payment = str(info.get("transaction_event_code", "")).startswith("T00")
    return is_payment and OurReference.unpacked(info.get("custom_field")).command_id == command_id


def _body(request: PaymentRequest) -> Json:
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
