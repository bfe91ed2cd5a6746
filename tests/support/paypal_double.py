"""PayPal as its REST documents describe it, stateful, over HTTP, with signed webhooks.

Requests are checked against PayPal's API description, and beyond it as far as its documents are
strict: decimals by currency, states, sums. Ids of requests are remembered as long as documented,
tokens hold for nine hours.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from datetime import timedelta

from gateways.paypal.webhooks import signed_message
from kernel.clock import rfc3339
from tests.support.gateway_driver import Delivery
from tests.support.http_double import Answer, Call, Route, route
from tests.support.paypal_money import PayPalMoney
from tests.support.paypal_signing import Signer, signer
from tests.support.paypal_state import CERTIFICATES, TOKEN_PATH

WEBHOOK_ID = "8PT597110X687430LKGECATA"
PREVIOUS_WEBHOOK_ID = "1JE4291016473214CCOF4MGQ"


class PayPalDouble(PayPalMoney):
    def __init__(self) -> None:
        self.signers: dict[str, Signer] = {"CERT-paypal": signer("paypal")}
        self.certificates_served = 0
        super().__init__()

    def routes(self) -> Iterable[Route]:
        yield route("POST", TOKEN_PATH, self.token)
        yield route("GET", CERTIFICATES + "{}", self.certificate)
        yield from super().routes()

    def certificate(self, call: Call, name: str) -> Answer:
        if name not in self.signers:
            return Answer(404)
        self.certificates_served += 1
        return Answer(200, self.signers[name].pem.decode())

    def deliveries(self) -> list[Delivery]:
        """Signed now: a transmission's time is that of its sending."""
        with self.lock:
            events, self.events = self.events, []
        return [self.signed(json.dumps(event).encode()) for event in events]

    def signed(
        self,
        raw: bytes,
        *,
        webhook_id: str = WEBHOOK_ID,
        by: str = "CERT-paypal",
        age: timedelta = timedelta(),
    ) -> Delivery:
        sent_at = rfc3339(self.clock.now() - age)
        transmission = str(uuid.uuid4())
        message = signed_message(transmission, sent_at, webhook_id, raw)
        headers = {
            "content-type": "application/json",
            "paypal-auth-algo": "SHA256withRSA",
            "paypal-auth-version": "v2",
            "paypal-cert-url": f"{self.url}{CERTIFICATES}{by}",
            "paypal-transmission-id": transmission,
            "paypal-transmission-sig": self.signers[by].sign(message),
            "paypal-transmission-time": sent_at,
        }
        return raw, headers
