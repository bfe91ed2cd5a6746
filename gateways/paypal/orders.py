"""Orders: looked up by any reference that names one, captured once their payer has approved.

An order is the charge's reference from start to end. Reading one never captures it. PayPal captures
an order once, however often it is asked.
"""

from __future__ import annotations

import re
from typing import Final

import structlog

from gateways.paypal.client import Json, PayPalClient, issue_of, request_id, text
from gateways.port import GatewayRejected, ReferenceNotFound

PAYER_ACTS: Final = frozenset(
    {
        "INSTRUMENT_DECLINED",
        "ORDER_NOT_APPROVED",
        "PAYER_ACTION_REQUIRED",
        "REDIRECT_PAYER_FOR_ALTERNATE_FUNDING",
    }
)
DECLINED_FOR_GOOD: Final = frozenset(
    {
        "AGREEMENT_ALREADY_CANCELLED",
        "BILLING_AGREEMENT_NOT_FOUND",
        "CARD_BRAND_NOT_SUPPORTED",
        "COMPLIANCE_VIOLATION",
        "DECLINED_DUE_TO_RELATED_TXN",
        "DOMESTIC_TRANSACTION_REQUIRED",
        "MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED",
        "PAYEE_BLOCKED_TRANSACTION",
        "PAYER_ACCOUNT_LOCKED_OR_CLOSED",
        "PAYER_ACCOUNT_RESTRICTED",
        "PAYER_CANNOT_PAY",
        "REFERENCED_CARD_EXPIRED",
        "TOKEN_ID_NOT_FOUND",
        "TRANSACTION_BLOCKED_BY_PAYEE",
        "TRANSACTION_LIMIT_EXCEEDED",
        "TRANSACTION_REFUSED",
    }
)
ALREADY_CAPTURED: Final = "ORDER_ALREADY_CAPTURED"
PAID_BY_ANOTHER: Final = "DUPLICATE_INVOICE_ID"
_ORDER_ID = re.compile(r"[0-9A-Z]{17}")

log = structlog.get_logger()


def is_forgotten(ref: str) -> bool:
    """Whether an unknown reference may be an order, which PayPal drops hours after its creation
    unless it was captured."""
    return _ORDER_ID.fullmatch(ref) is not None


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

    def capture(self, order: Json) -> str:
        """PayPal's reason when it refused, which is never an error: what nobody can mend in code
        must not keep a purchase from being closed. The key belongs to one approval: after another
        the same order is captured anew."""
        ref = text(order, "id")
        key = request_id(ref, f"capture {order.get('update_time', '')}")
        try:
            self._client.post(f"/v2/checkout/orders/{ref}/capture", {}, key=key)
        except GatewayRejected as rejected:
            reason = issue_of(rejected)
        else:
            return ""
        if reason == ALREADY_CAPTURED:
            return ""
        if reason not in PAYER_ACTS | DECLINED_FOR_GOOD:
            log.error("paypal_capture_refused", order=ref, issue=reason)
        return reason
