"""What comes back of Razorpay's refunds and what is disputed, with books of the double's own."""

from __future__ import annotations

from collections.abc import Iterable

from tests.support.gateway_driver import Books
from tests.support.http_double import Answer, Call, Route, route
from tests.support.razorpay_links import RazorpayLinks
from tests.support.razorpay_state import collection, known


class RazorpayMoney(RazorpayLinks):
    def routes(self) -> Iterable[Route]:
        yield from super().routes()
        yield route("GET", "/v1/disputes", self.list_disputes)
        yield route("GET", "/v1/orders/{}/payments", self.list_attempts)

    def list_disputes(self, call: Call) -> Answer:
        return collection(self.disputes.values(), call)

    def list_attempts(self, call: Call, order: str) -> Answer:
        """Without pages, as Razorpay answers them."""
        found = [each for each in self.payments.values() if each.get("order_id") == order]
        return Answer(200, {"entity": "collection", "count": len(found), "items": found})

    def fail_refund(self, ref: str) -> None:
        refund = known(self.refunds, ref, "rfnd")
        payment = self.payments[refund["payment_id"]]
        refund["status"] = "failed"
        payment["amount_refunded"] -= refund["amount"]
        self.event("refund.failed", refund=refund, payment=payment)

    def dispute(self, payment: str) -> str:
        paid = self.payments[payment]
        ref = self.new_id("disp")
        self.disputes[ref] = {
            "id": ref,
            "entity": "dispute",
            "payment_id": payment,
            "amount": paid["amount"],
            "currency": paid["currency"],
            "amount_deducted": 0,
            "reason_code": "chargeback",
            "status": "open",
            "phase": "chargeback",
            "created_at": self.seconds(),
        }
        self.event("payment.dispute.created", payment=paid, dispute=self.disputes[ref])
        return ref

    def resolve(self, ref: str, *, won: bool) -> None:
        dispute = self.disputes[ref]
        dispute["status"] = "won" if won else "lost"
        dispute["amount_deducted"] = 0 if won else dispute["amount"]
        paid = self.payments[dispute["payment_id"]]
        self.event(f"payment.dispute.{dispute['status']}", payment=paid, dispute=dispute)

    def payment_of(self, invoice: str) -> str:
        return next(str(each["payment_id"]) for each in self.invoices if each["id"] == invoice)

    def books(self, subscription: str) -> Books:
        ours = [each for each in self.invoices if each["subscription_id"] == subscription]
        paid = [self.payments[each["payment_id"]] for each in ours if each["payment_id"]]
        disputes = [each for one in paid for each in self.disputes_of(one["id"])]
        return Books(
            paid=sum(each["amount"] for each in paid),
            refunded=sum(each["amount_refunded"] for each in paid),
            disputed=sum(each["amount"] for each in disputes if each["status"] != "won"),
        )
