"""Razorpay's payment links, payments and refunds."""

from __future__ import annotations

from collections.abc import Iterable

from tests.support.http_double import Answer, Call, Json, Route, route
from tests.support.razorpay_billing import RazorpayBilling
from tests.support.razorpay_state import (
    checked_amount,
    checked_notes,
    collection,
    known,
    refused,
)


class RazorpayLinks(RazorpayBilling):
    def __init__(self) -> None:
        self.links: dict[str, Json] = {}
        self.refunds: dict[str, Json] = {}
        self.disputes: dict[str, Json] = {}
        self._refund_keys: dict[str, tuple[bytes, str]] = {}
        super().__init__()

    def routes(self) -> Iterable[Route]:
        yield from super().routes()
        yield route("POST", "/v1/payment_links", self.create_link)
        yield route("GET", "/v1/payment_links", self.list_links)
        yield route("GET", "/v1/payment_links/{}", self.show_link)
        yield route("POST", "/v1/payment_links/{}/cancel", self.cancel_link)
        yield route("GET", "/v1/payments/{}", self.show_payment)
        yield route("GET", "/v1/payments/{}/refunds", self.list_refunds)
        yield route("POST", "/v1/payments/{}/refund", self.refund_payment)

    def create_link(self, call: Call) -> Answer:
        sent = call.json
        reference = sent["reference_id"]
        assert len(reference) <= 40
        if any(link["reference_id"] == reference for link in self.links.values()):
            raise refused(f"payment link with given reference_id: ({reference}) already exists.")
        if sent["expire_by"] < self.seconds() + 15 * 60:
            raise refused("expire_by should be at least 15 minutes in future", field="expire_by")
        assert (sent.get("callback_url") is None) == (sent.get("callback_method") is None)
        ref = self.new_id("plink")
        self.links[ref] = {
            **sent,
            "id": ref,
            "amount": checked_amount(sent["amount"]),
            "amount_paid": 0,
            "notes": checked_notes(sent["notes"]),
            "payments": [],
            "short_url": f"{self.url}/rzp/{ref[-8:]}",
            "status": "created",
            "created_at": self.seconds(),
        }
        return Answer(200, self.links[ref])

    def list_links(self, call: Call) -> Answer:
        reference = call.query["reference_id"]
        found = [link for link in self.links.values() if link["reference_id"] == reference]
        return Answer(200, {"payment_links": found})

    def show_link(self, call: Call, ref: str) -> Answer:
        link = known(self.links, ref, "plink")
        if link["status"] == "created" and link["expire_by"] <= self.seconds():
            link["status"] = "expired"
        return Answer(200, link)

    def cancel_link(self, call: Call, ref: str) -> Answer:
        link = known(self.links, ref, "plink")
        if link["status"] != "created":
            raise refused(f"payment link is in {link['status']} status and can't be cancelled")
        link["status"] = "cancelled"
        return Answer(200, link)

    def show_payment(self, call: Call, ref: str) -> Answer:
        return Answer(200, known(self.payments, ref, "pay"))

    def list_refunds(self, call: Call, ref: str) -> Answer:
        known(self.payments, ref, "pay")
        found = [refund for refund in self.refunds.values() if refund["payment_id"] == ref]
        return collection(found, call)

    def refund_payment(self, call: Call, ref: str) -> Answer:
        payment = known(self.payments, ref, "pay")
        key = call.headers.get("x-refund-idempotency", "")
        assert len(key) >= 10
        if key in self._refund_keys:
            body, made = self._refund_keys[key]
            if body != call.body:
                raise refused("Different request with the same idempotency key was processed.")
            return Answer(200, self.refunds[made])
        notes = checked_notes(call.json.get("notes", {}))
        refund = self.give_back(payment["id"], checked_amount(call.json["amount"]), notes)
        self._refund_keys[key] = (call.body, refund["id"])
        return Answer(200, refund)

    def give_back(self, ref: str, amount: int, notes: Json | None = None) -> Json:
        """A refund, by us or in the dashboard."""
        payment = self.payments[ref]
        if any(each["status"] == "open" for each in self.disputes_of(ref)):
            raise refused("The payment has been disputed and can't be refunded")
        if payment["amount_refunded"] + amount > payment["amount"]:
            raise refused("The total refund amount is greater than the refund payment amount")
        refund = {
            "id": self.new_id("rfnd"),
            "entity": "refund",
            "amount": amount,
            "currency": payment["currency"],
            "payment_id": ref,
            "notes": notes or [],
            "status": "processed",
            "created_at": self.seconds(),
        }
        payment["amount_refunded"] += amount
        self.refunds[str(refund["id"])] = refund
        self.event("refund.processed", refund=refund, payment=payment)
        return refund

    def disputes_of(self, payment: str) -> list[Json]:
        return [each for each in self.disputes.values() if each["payment_id"] == payment]

    def attempt(self, ref: str, *, succeeds: bool) -> None:
        """Somebody pays the link, or tries to with a bad card."""
        link = self.links[ref]
        payment: Json = {
            "id": self.new_id("pay"),
            "entity": "payment",
            "amount": link["amount"],
            "currency": link["currency"],
            "status": "captured" if succeeds else "failed",
            "amount_refunded": 0,
            "notes": link["notes"],
            "error_code": None if succeeds else "BAD_REQUEST_ERROR",
            "error_reason": None if succeeds else "payment_failed",
            "created_at": self.seconds(),
        }
        self.payments[payment["id"]] = payment
        if not succeeds:
            self.event("payment.failed", payment=payment)
            return
        shown = {"payment_id": payment["id"], "amount": payment["amount"], "status": "captured"}
        link |= {"status": "paid", "amount_paid": link["amount"], "payments": [shown]}
        self.event("payment_link.paid", payment_link=link, payment=payment)
