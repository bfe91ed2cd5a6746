"""PayPal's orders, captures, refunds and the search of transactions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from tests.support.http_double import Answer, Call, Json, Route, route
from tests.support.paypal_billing import PayPalBilling
from tests.support.paypal_state import checked_money, checked_text, refused

_ORDER_KEYS = timedelta(hours=6)
_CAPTURE_REFUND_KEYS = timedelta(days=45)
# Three hours to be sent to the page, three more to pay.
_ORDER_LIVES = timedelta(hours=6)


def returned(payments: Json) -> Decimal:
    """Of an order's payment, by refunds that did not fail."""
    kept = [each for each in payments["refunds"] if each["status"] != "FAILED"]
    return sum((Decimal(each["amount"]["value"]) for each in kept), Decimal())


def mark_refunded(payments: Json) -> None:
    [capture] = payments["captures"]
    back, paid = returned(payments), Decimal(capture["amount"]["value"])
    partly = "PARTIALLY_REFUNDED" if back else "COMPLETED"
    capture["status"] = "REFUNDED" if back == paid else partly


class PayPalOrders(PayPalBilling):
    def __init__(self) -> None:
        self.orders: dict[str, Json] = {}
        self.captures: dict[str, str] = {}
        self.refunds: dict[str, Json] = {}
        self.refusing: dict[str, str] = {}
        super().__init__()

    def routes(self) -> Iterable[Route]:
        yield from super().routes()
        yield route("POST", "/v2/checkout/orders", self.once(self.create_order, _ORDER_KEYS))
        yield route("GET", "/v2/checkout/orders/{}", self.show_order)
        capture = self.once(self.capture_order, _ORDER_KEYS)
        yield route("POST", "/v2/checkout/orders/{}/capture", capture)
        yield route("GET", "/v2/payments/captures/{}", self.show_capture)
        refund = self.once(self.refund_capture, _CAPTURE_REFUND_KEYS)
        yield route("POST", "/v2/payments/captures/{}/refund", refund)
        yield route("GET", "/v1/reporting/transactions", self.search)

    def create_order(self, call: Call) -> Answer:
        sent = call.json
        assert sent["intent"] == "CAPTURE"
        [unit] = sent["purchase_units"]
        checked_text(unit, "custom_id", 127)
        checked_text(unit, "invoice_id", 127)
        unit = {**unit, "amount": checked_money(unit["amount"])}
        assert sent["payment_source"]["paypal"]["experience_context"]["return_url"]
        ref = f"ORDER{self.number(12)}"
        page = f"{self.url}/checkoutnow?token={ref}"
        self.orders[ref] = {
            "id": ref,
            "intent": "CAPTURE",
            "status": "PAYER_ACTION_REQUIRED",
            "create_time": self.stamp(),
            "purchase_units": [unit],
            "links": [{"href": page, "rel": "payer-action", "method": "GET"}],
        }
        return Answer(200, self.orders[ref])

    def show_order(self, call: Call, ref: str) -> Answer:
        return Answer(200, self._order(ref))

    def capture_order(self, call: Call, ref: str) -> Answer:
        order = self._order(ref)
        if order["status"] == "COMPLETED":
            raise refused(422, "ORDER_ALREADY_CAPTURED")
        if order["status"] != "APPROVED":
            raise refused(422, "ORDER_NOT_APPROVED")
        if ref in self.refusing:
            issue = self.refusing[ref]
            raise refused(403 if issue == "PERMISSION_DENIED" else 422, issue)
        unit = order["purchase_units"][0]
        capture: Json = {
            "id": f"CAPTURE{self.number(10)}",
            "status": "COMPLETED",
            "amount": unit["amount"],
            "custom_id": unit["custom_id"],
            "invoice_id": unit["invoice_id"],
            "create_time": self.stamp(),
        }
        unit["payments"] = {"captures": [capture], "refunds": []}
        order["status"] = "COMPLETED"
        self.captures[capture["id"]] = ref
        self.event("PAYMENT.CAPTURE.COMPLETED", self._with_order(capture, ref))
        return Answer(201, order)

    def show_capture(self, call: Call, ref: str) -> Answer:
        if ref not in self.captures:
            raise refused(404, "INVALID_RESOURCE_ID")
        order = self.captures[ref]
        capture = self.orders[order]["purchase_units"][0]["payments"]["captures"][0]
        return Answer(200, self._with_order(capture, order))

    def refund_capture(self, call: Call, ref: str) -> Answer:
        if ref not in self.captures:
            raise refused(404, "INVALID_RESOURCE_ID")
        custom_id = checked_text(call.json, "custom_id", 127)
        return Answer(201, self.give_back_capture(ref, call.json["amount"], custom_id))

    def give_back_capture(self, ref: str, price: Json, custom_id: str = "") -> Json:
        """A refund of an order's payment, by us or in the dashboard."""
        payments = self.orders[self.captures[ref]]["purchase_units"][0]["payments"]
        amount = checked_money(price)
        if ref in self.refusing:
            raise refused(422, self.refusing[ref])
        left = Decimal(payments["captures"][0]["amount"]["value"]) - returned(payments)
        if Decimal(amount["value"]) > left:
            raise refused(422, "REFUND_AMOUNT_EXCEEDED")
        refund: Json = {
            "id": f"REFUND{self.number(11)}",
            "status": "COMPLETED",
            "amount": amount,
            "custom_id": custom_id,
            "create_time": self.stamp(),
            "links": [{"rel": "up", "href": f"{self.url}/v2/payments/captures/{ref}"}],
        }
        payments["refunds"].append(refund)
        self.refunds[str(refund["id"])] = refund
        mark_refunded(payments)
        self.event("PAYMENT.CAPTURE.REFUNDED", refund)
        return refund

    def search(self, call: Call) -> Answer:
        start = datetime.fromisoformat(call.query["start_date"])
        end = datetime.fromisoformat(call.query["end_date"])
        assert end - start <= timedelta(days=31)
        kind = call.query.get("transaction_type")
        found = [
            info
            for info in [*self.searched_captures(), *self.searched_refunds()]
            if start <= datetime.fromisoformat(info["transaction_initiation_date"]) <= end
            and kind in (None, info["transaction_event_code"])
        ]
        details = [{"transaction_info": info} for info in found]
        return Answer(200, {"transaction_details": details, "page": 1, "total_pages": 1})

    def searched_captures(self) -> Iterable[Json]:
        for capture, ref in self.captures.items():
            unit = self.orders[ref]["purchase_units"][0]
            payments = unit["payments"]
            made = {capture: ("T0006", payments["captures"][0]["create_time"])}
            made |= {each["id"]: ("T1107", each["create_time"]) for each in payments["refunds"]}
            for transaction, (code, at) in made.items():
                yield {
                    "transaction_id": transaction,
                    "custom_field": unit["custom_id"],
                    "transaction_event_code": code,
                    "transaction_initiation_date": at,
                    "transaction_amount": unit["amount"],
                    "transaction_status": "S",
                }

    def searched_refunds(self) -> Iterable[Json]:
        """Those of subscriptions' payments."""
        return ()

    def approve_order(self, ref: str, refusal: str = "") -> None:
        """`refusal`: what a capture of it meets. (By the name of a payment `refusing` says what
        its refunds meet.)"""
        order = self.orders[ref]
        order |= {"status": "APPROVED", "update_time": self.stamp()}
        self.refusing.pop(ref, None)
        if refusal:
            self.refusing[ref] = refusal
        self.event("CHECKOUT.ORDER.APPROVED", order)

    def _order(self, ref: str) -> Json:
        order = self.orders.get(ref)
        if order is None or self.forgets(order):
            raise refused(404, "INVALID_RESOURCE_ID")
        return order

    def forgets(self, order: Json) -> bool:
        made = datetime.fromisoformat(order["create_time"])
        return order["status"] != "COMPLETED" and self.clock.now() - made > _ORDER_LIVES

    def _with_order(self, capture: Json, ref: str) -> Json:
        return {**capture, "supplementary_data": {"related_ids": {"order_id": ref}}}
