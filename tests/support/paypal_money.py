"""What goes back of PayPal's payments and what is disputed, with books of the double's own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from tests.support.gateway_driver import Books
from tests.support.http_double import Answer, Call, Json, Route, route
from tests.support.paypal_catalogue import known
from tests.support.paypal_orders import PayPalOrders, mark_refunded
from tests.support.paypal_state import refused

_SALE_REFUND_KEYS = timedelta(days=30)
_DISPUTES_LISTED = timedelta(days=180)


class PayPalMoney(PayPalOrders):
    def __init__(self) -> None:
        self.disputes: dict[str, Json] = {}
        super().__init__()

    def routes(self) -> Iterable[Route]:
        yield from super().routes()
        refund = self.once(self.refund_sale, _SALE_REFUND_KEYS)
        yield route("POST", "/v1/payments/sale/{}/refund", refund)
        yield route("GET", "/v1/payments/refund/{}", self.show_refund)
        yield route("GET", "/v1/customer/disputes", self.list_disputes)
        yield route("GET", "/v1/customer/disputes/{}", self.show_dispute)

    def refund_sale(self, call: Call, ref: str) -> Answer:
        known(self.sales, ref)
        sent = call.json
        return Answer(201, self.give_back(ref, sent["amount"]["total"], sent["invoice_number"]))

    def show_refund(self, call: Call, ref: str) -> Answer:
        refund = known(self.refunds, ref)
        if "sale_id" not in refund:
            raise refused(404, "INVALID_RESOURCE_ID")
        return Answer(200, refund)

    def list_disputes(self, call: Call) -> Answer:
        payment = call.query["disputed_transaction_id"]
        found = [
            {name: dispute[name] for name in ("dispute_id", "create_time", "status", "reason")}
            for dispute in self.disputes.values()
            if dispute["disputed_transactions"][0]["seller_transaction_id"] == payment
            and self.clock.now() - datetime.fromisoformat(dispute["create_time"]) < _DISPUTES_LISTED
        ]
        return Answer(200, {"items": found} if found else {})

    def show_dispute(self, call: Call, ref: str) -> Answer:
        return Answer(200, known(self.disputes, ref))

    def give_back(self, ref: str, total: str, invoice_number: str = "") -> Json:
        """A refund of a sale, by us or in the dashboard."""
        sale = self.sales[ref]
        if any(each["status"] != "RESOLVED" for each in self.disputes_of(ref)):
            raise refused(422, "TRANSACTION_DISPUTED")
        if self.refunded(ref) + Decimal(total) > Decimal(sale["amount"]["total"]):
            raise refused(422, "REFUND_EXCEEDED_TRANSACTION_AMOUNT")
        refund = {
            "id": f"REFUND{self.number(11)}",
            "sale_id": ref,
            "state": "completed",
            "amount": {"total": total, "currency": sale["amount"]["currency"]},
            "create_time": self.stamp(),
        }
        if invoice_number:
            refund["invoice_number"] = invoice_number
        self.refunds[str(refund["id"])] = refund
        whole = self.refunded(ref) == Decimal(sale["amount"]["total"])
        sale["state"] = "refunded" if whole else "partially_refunded"
        self.payment_of(ref)["status"] = str(sale["state"]).upper()
        self.event("PAYMENT.SALE.REFUNDED", refund)
        return refund

    def fail_refund(self, ref: str) -> None:
        refund = self.refunds[ref]
        if "sale_id" in refund:
            refund["state"] = "failed"
            return
        refund["status"] = "FAILED"
        capture = refund["links"][0]["href"].rpartition("/")[2]
        mark_refunded(self.orders[self.captures[capture]]["purchase_units"][0]["payments"])

    def dispute(self, ref: str) -> str:
        sale = self.sales[ref]
        price = {"currency_code": sale["amount"]["currency"], "value": sale["amount"]["total"]}
        return self._disputed(ref, price, sale["custom"])

    def dispute_capture(self, ref: str) -> str:
        unit = self.orders[self.captures[ref]]["purchase_units"][0]
        self.refusing[ref] = "TRANSACTION_DISPUTED"
        return self._disputed(ref, unit["amount"], unit["custom_id"])

    def _disputed(self, payment: str, price: Json, custom: str) -> str:
        dispute = f"PP-D-{self.number(6)}"
        self.disputes[dispute] = {
            "dispute_id": dispute,
            "create_time": self.stamp(),
            "update_time": self.stamp(),
            "disputed_transactions": [{"seller_transaction_id": payment, "custom": custom}],
            "reason": "UNAUTHORISED",
            "status": "WAITING_FOR_SELLER_RESPONSE",
            "dispute_amount": price,
            "dispute_life_cycle_stage": "CHARGEBACK",
        }
        self.event("CUSTOMER.DISPUTE.CREATED", self.disputes[dispute])
        return dispute

    def resolve(self, ref: str, outcome: str) -> None:
        resolved = {"status": "RESOLVED", "update_time": self.stamp()}
        self.disputes[ref] |= {**resolved, "dispute_outcome": {"outcome_code": outcome}}
        if outcome == "RESOLVED_SELLER_FAVOUR":
            payment = self.disputes[ref]["disputed_transactions"][0]["seller_transaction_id"]
            self.refusing.pop(payment, None)
        self.event("CUSTOMER.DISPUTE.RESOLVED", self.disputes[ref])

    def disputes_of(self, sale: str) -> list[Json]:
        return [
            each
            for each in self.disputes.values()
            if each["disputed_transactions"][0]["seller_transaction_id"] == sale
        ]

    def refunded(self, sale: str) -> Decimal:
        back = [each for each in self.refunds.values() if each.get("sale_id") == sale]
        kept = [each for each in back if each["state"] == "completed"]
        return sum((Decimal(each["amount"]["total"]) for each in kept), Decimal())

    def payment_of(self, sale: str) -> Json:
        rows = [each for listed in self.payments.values() for each in listed]
        return next(each for each in rows if each["id"] == sale)

    def searched_refunds(self) -> Iterable[Json]:
        """As the search of transactions shows them."""
        codes = {"completed": "S", "pending": "P", "failed": "D"}
        for refund in self.refunds.values():
            if "sale_id" in refund:
                amount = refund["amount"]
                yield {
                    "transaction_id": refund["id"],
                    "paypal_reference_id": refund["sale_id"],
                    "paypal_reference_id_type": "TXN",
                    "transaction_event_code": "T1107",
                    "transaction_initiation_date": refund["create_time"],
                    "transaction_status": codes[refund["state"]],
                    "invoice_id": refund.get("invoice_number", ""),
                    "transaction_amount": {
                        "currency_code": amount["currency"],
                        "value": f"-{amount['total']}",
                    },
                }

    def books(self, subscription: str) -> Books:
        sales = [
            each for each in self.sales.values() if each["billing_agreement_id"] == subscription
        ]
        disputed = [
            Decimal(each["dispute_amount"]["value"])
            for sale in sales
            for each in self.disputes_of(sale["id"])
            if each.get("dispute_outcome", {}).get("outcome_code") != "RESOLVED_SELLER_FAVOUR"
        ]
        paid = sum((Decimal(sale["amount"]["total"]) for sale in sales), Decimal())
        back = sum((self.refunded(sale["id"]) for sale in sales), Decimal())
        return Books(int(paid * 100), int(back * 100), int(sum(disputed) * 100))
