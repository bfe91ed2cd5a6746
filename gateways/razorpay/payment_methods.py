"""How a subscription is paid, which decides what Razorpay lets be changed of it."""

from __future__ import annotations

from gateways.port.offerings import CARD, CARD_ABROAD
from gateways.razorpay.client import Json, RazorpayClient, every_item, send, text

_CHANGEABLE = "active"
_UNKNOWN = ""


class PaymentMethods:
    """Whether a card was issued abroad only a payment by it tells; that never changes."""

    def __init__(self, client: RazorpayClient) -> None:
        self._client = client
        self._abroad: dict[str, bool] = {}

    def of(self, subscription: Json) -> str:
        """Of an active one: the others can't be changed. Empty where nothing tells."""
        if subscription.get("status") != _CHANGEABLE:
            return _UNKNOWN
        method = str(subscription.get("payment_method") or _UNKNOWN)
        return self._card(text(subscription, "id")) if method == CARD else method

    def _card(self, ref: str) -> str:
        paid = every_item(self._client.sdk.invoice.all, {"subscription_id": ref})
        payment = next((each["payment_id"] for each in paid if each.get("payment_id")), None)
        if payment is None:
            return _UNKNOWN
        if payment not in self._abroad:
            card = send(self._client.sdk.payment.fetch, payment).get("card") or {}
            if not isinstance(card.get("international"), bool):
                return _UNKNOWN
            self._abroad[payment] = card["international"]
        return CARD_ABROAD if self._abroad[payment] else CARD
