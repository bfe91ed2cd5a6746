"""One-time payments, looked up and given back. The reference of one is its order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from gateways.paypal.charges import capture_of, charge_snapshot, our_refund, refund_of
from gateways.paypal.client import Json, PayPalClient, request_id, text
from gateways.paypal.disputes import Disputes
from gateways.paypal.invoices import Invoices
from gateways.paypal.metadata import OurReference
from gateways.paypal.money import to_paypal
from gateways.paypal.orders import PAID_BY_ANOTHER, Orders
from gateways.paypal.sales import Sales
from gateways.paypal.transactions import transactions
from gateways.port import (
    CapabilityNotSupported,
    ChargeOutcome,
    ChargeRequest,
    ChargeSnapshot,
    GatewayRejected,
    InvoiceSnapshot,
    ReferenceNotFound,
    Refund,
)
from kernel.money import Money

_SEARCHED = timedelta(days=30)


class Payments:
    def __init__(
        self, client: PayPalClient, orders: Orders, sales: Sales, invoices: Invoices
    ) -> None:
        self._client = client
        self._orders = orders
        self._sales = sales
        self._invoices = invoices
        self._disputes = Disputes(client)

    def charge(self, request: ChargeRequest) -> ChargeOutcome:  # noqa: ARG002
        raise CapabilityNotSupported(gateway="paypal", capability="saved_method_charge")

    def capture(self, command_id: str, ref: str) -> ChargeSnapshot:
        order = self._orders.get(ref)
        if order.get("status") != "APPROVED":
            return charge_snapshot(order)
        refusal = self._orders.capture(order)
        paid = self._paid_by_another(command_id) if refusal == PAID_BY_ANOTHER else None
        return paid or charge_snapshot(self._orders.get(ref), refusal)

    def abandon(self, ref: str) -> None:
        """There are no charges of saved methods, and an order can't be closed."""

    def fetch(self, ref: str) -> ChargeSnapshot:
        order = self._orders.get(ref)
        shown, paid = charge_snapshot(order), capture_of(order)
        if paid is None:
            return shown
        return replace(shown, disputes=self._disputes.of(*paid), payment=paid[0])

    def find(self, command_id: str) -> ChargeSnapshot | None:
        """Searches the payments of the last month. PayPal lists a payment hours after it was made;
        until then an order is only found by its reference."""
        now = self._client.clock()
        for info in transactions(self._client, now - _SEARCHED, now):
            if _paid_by(command_id, info):
                return self.fetch(text(info, "transaction_id"))
        return None

    def fetch_invoice(self, ref: str) -> InvoiceSnapshot:
        return self._invoices.get(ref)

    def refund(self, command_id: str, charge: str, amount: Money, reason: str) -> Refund:
        """Looks before it refunds, for retries later than the 45 days of the request id. `charge`
        may also be the payment of a subscription, which belongs to no order."""
        try:
            capture, made = our_refund(self._orders.get(charge), command_id)
        except ReferenceNotFound:
            return self._sales.refund(command_id, charge, amount, reason)
        if made is not None:
            return refund_of(made)
        body: Json = {
            "amount": to_paypal(amount),
            "custom_id": OurReference(command_id).packed(),
            "note_to_payer": reason[:255],
        }
        path = f"/v2/payments/captures/{capture}/refund"
        return refund_of(self._client.post(path, body, key=request_id(command_id, "refund")))

    def _paid_by_another(self, command_id: str) -> ChargeSnapshot | None:
        """None where the account's transactions can't be searched, too."""
        try:
            return self.find(command_id)
        except GatewayRejected:
            return None


def _paid_by(command_id: str, info: Json) -> bool:
    """Refunds repeat their payment's field; payments have the codes T00xx."""
    is_payment = str(info.get("transaction_event_code", "")).startswith("T00")
    return is_payment and OurReference.unpacked(info.get("custom_field")).command_id == command_id
