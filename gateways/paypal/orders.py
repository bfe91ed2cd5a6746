"""Orders: looked up by any reference that names one, captured once their payer has approved.

An order is the charge's reference from start to end. It is captured when somebody looks at it after
its approval (the return, the webhook or the sweep): PayPal captures an order once however often it
is asked, and an order that nobody looks at costs the payer nothing.
"""

from __future__ import annotations

from gateways.paypal.client import Json, PayPalClient, issue_of, request_id, text
from gateways.port import GatewayRejected, ReferenceNotFound

_DECLINED = frozenset({"INSTRUMENT_DECLINED", "PAYER_CANNOT_PAY", "TRANSACTION_REFUSED"})


class Orders:
    def __init__(self, client: PayPalClient) -> None:
        self._client = client

    def get(self, ref: str) -> Json:
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

    def settled(self, ref: str) -> tuple[Json, str]:
        """The order, captured if it was approved, and why that was declined, if it was."""
        order = self.get(ref)
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
