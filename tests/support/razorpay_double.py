"""Razorpay as its documents describe it, stateful, over HTTP, with signed webhooks."""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid

from tests.support.gateway_driver import Delivery
from tests.support.razorpay_money import RazorpayMoney

WEBHOOK_SECRET = "razorpay-webhook-secret"
PREVIOUS_WEBHOOK_SECRET = "razorpay-webhook-secret-before"


class RazorpayDouble(RazorpayMoney):
    def deliveries(self) -> list[Delivery]:
        with self.lock:
            events, self.events = self.events, []
        return [signed(json.dumps(event).encode(), f"evt_{uuid.uuid4().hex}") for event in events]


def signed(raw: bytes, event_id: str, secret: str = WEBHOOK_SECRET) -> Delivery:
    headers = {
        "content-type": "application/json",
        "x-razorpay-event-id": event_id,
        "x-razorpay-signature": hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest(),
    }
    return raw, headers
