"""Razorpay's plans, subscriptions and their invoices."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from tests.support.double_clock import months_later
from tests.support.http_double import Answer, Call, Json, Route, route
from tests.support.razorpay_changes import RazorpayChanges
from tests.support.razorpay_records import attempted, created, issued
from tests.support.razorpay_state import (
    checked_amount,
    checked_notes,
    collection,
    known,
    refused,
    shown,
)

_MOST_CYCLES = {"monthly": 1200, "yearly": 100}
_CANCELLABLE = frozenset({"authenticated", "active", "pending", "halted", "paused"})


class RazorpayBilling(RazorpayChanges):
    def __init__(self) -> None:
        self.plans: dict[str, Json] = {}
        self.invoices: list[Json] = []
        self.payments: dict[str, Json] = {}
        super().__init__()

    def routes(self) -> Iterable[Route]:
        yield route("POST", "/v1/plans", self.create_plan)
        yield route("GET", "/v1/plans", self.list_plans)
        yield route("GET", "/v1/plans/{}", self.show_plan)
        yield route("GET", "/v1/customers", self.list_customers)
        yield route("POST", "/v1/subscriptions", self.create_subscription)
        yield route("GET", "/v1/subscriptions", self.list_subscriptions)
        yield route("GET", "/v1/subscriptions/{}", self.show_subscription)
        yield route("POST", "/v1/subscriptions/{}/cancel", self.cancel_subscription)
        yield route("POST", "/v1/subscriptions/{}/pause", self.pause_subscription)
        yield route("POST", "/v1/subscriptions/{}/resume", self.resume_subscription)
        yield from self.routes_of_changes()
        yield route("GET", "/v1/invoices", self.list_invoices)
        yield route("GET", "/v1/invoices/{}", self.show_invoice)

    def create_plan(self, call: Call) -> Answer:
        sent = call.json
        assert sent["period"] in ("daily", "weekly", "monthly", "yearly")
        assert sent["interval"] == 1
        checked_amount(sent["item"]["amount"])
        assert sent["item"]["name"]
        ref = self.new_id("plan")
        self.plans[ref] = {
            "id": ref,
            "entity": "plan",
            "interval": 1,
            "period": sent["period"],
            "item": {"id": self.new_id("item"), "active": True, **sent["item"]},
            "notes": checked_notes(sent.get("notes", {})) or [],
            "created_at": self.seconds(),
        }
        return Answer(200, self.plans[ref])

    def list_plans(self, call: Call) -> Answer:
        return collection(self.plans.values(), call)

    def show_plan(self, call: Call, ref: str) -> Answer:
        return Answer(200, known(self.plans, ref, "plan"))

    def list_customers(self, call: Call) -> Answer:
        refs = dict.fromkeys(each["customer_id"] for each in self.subscriptions.values())
        made = [{"id": ref, "entity": "customer", "notes": []} for ref in refs if ref]
        return collection(made, call)

    def create_subscription(self, call: Call) -> Answer:
        sent = call.json
        plan = known(self.plans, sent["plan_id"], "plan")
        if not 1 <= sent.get("total_count", 0) <= _MOST_CYCLES[plan["period"]]:
            raise refused("Exceeds the maximum total count allowed.", field="total_count")
        if "start_at" in sent and sent.get("expire_by", sent["start_at"]) >= sent["start_at"]:
            raise refused("expire_by should be less than start_at", field="expire_by")
        if sent.get("expire_by", self.seconds() + 1) <= self.seconds():
            raise refused("expire_by should be greater than current time", field="expire_by")
        if "offer_id" in sent:
            self._check_offer(sent, plan)
        subscription = created(sent, self.new_id("sub"), self.seconds())
        subscription["short_url"] = f"{self.url}/i/{subscription['id'][-8:]}"
        self.subscriptions[subscription["id"]] = subscription
        return Answer(200, shown(subscription))

    def make_offer(self, percent: int) -> str:
        """Somebody makes it in the dashboard, for all cycles."""
        ref = self.new_id("offer")
        self.offers[ref] = {"percent": percent}
        return ref

    def _check_offer(self, sent: Json, plan: Json) -> None:
        percent = known(self.offers, sent["offer_id"], "offer")["percent"]
        left = plan["item"]["amount"] * sent.get("quantity", 1) * (100 - percent) // 100
        if left <= 100:
            raise refused("Offer not applicable", field="offer_id")

    def list_subscriptions(self, call: Call) -> Answer:
        plan, since = call.query.get("plan_id"), int(call.query.get("from", "0"))
        found = [
            subscription
            for subscription in map(self._current, self.subscriptions)
            if plan in (None, subscription["plan_id"]) and subscription["created_at"] >= since
        ]
        return collection(found, call)

    def show_subscription(self, call: Call, ref: str) -> Answer:
        known(self.subscriptions, ref, "sub")
        return Answer(200, shown(self._current(ref)))

    def cancel_subscription(self, call: Call, ref: str) -> Answer:
        known(self.subscriptions, ref, "sub")
        subscription = self._current(ref)
        if subscription["status"] not in _CANCELLABLE:
            status = subscription["status"]
            text = f"Subscription is not cancellable in {status} status."
            raise refused(text, field="status")
        if call.json.get("cancel_at_cycle_end"):
            subscription["_cancels_at_end"] = True
        else:
            self.end(ref)
        return Answer(200, shown(subscription))

    def pause_subscription(self, call: Call, ref: str) -> Answer:
        assert call.json == {"pause_at": "now"}
        return self._moved(ref, "active", "paused")

    def resume_subscription(self, call: Call, ref: str) -> Answer:
        assert call.json == {"resume_at": "now"}
        if known(self.subscriptions, ref, "sub").get("pause_initiated_by") == "customer":
            raise refused("Subscription paused by the customer can't be resumed.")
        return self._moved(ref, "paused", "active")

    def _moved(self, ref: str, before: str, after: str) -> Answer:
        subscription = known(self.subscriptions, ref, "sub")
        if subscription["status"] != before:
            raise refused(f"Subscription is not {before}.", field="status")
        subscription["status"] = after
        name = "paused" if after == "paused" else "resumed"
        self.event(f"subscription.{name}", subscription=subscription)
        return Answer(200, shown(subscription))

    def list_invoices(self, call: Call) -> Answer:
        names = ("subscription_id", "customer_id")
        wanted = {name: call.query[name] for name in names if name in call.query}
        found = [invoice for invoice in self.invoices if wanted.items() <= invoice.items()]
        return collection(found, call)

    def show_invoice(self, call: Call, ref: str) -> Answer:
        return Answer(200, known({each["id"]: each for each in self.invoices}, ref, "inv"))

    def end(self, ref: str) -> None:
        subscription = self.subscriptions[ref]
        subscription |= {"status": "cancelled", "ended_at": self.seconds(), "charge_at": None}
        self.event("subscription.cancelled", subscription=subscription)

    def activate(self, ref: str) -> None:
        subscription = self.subscriptions[ref]
        subscription |= {"customer_id": self.new_id("cust"), "status": "authenticated"}
        self.event("subscription.authenticated", subscription=subscription)
        if (subscription["start_at"] or 0) > self.seconds():
            return  # a trial: the first charge comes then
        subscription["start_at"] = self.seconds()
        subscription["status"] = "active"
        self.event("subscription.activated", subscription=subscription)
        self.begin_cycle(ref, self.clock.now())
        self.charge(ref)

    def begin_period(self, ref: str, *, paid: bool) -> None:
        subscription = self.subscriptions[ref]
        begins = datetime.fromtimestamp(subscription["current_end"], UTC)
        self.clock.advance_to(begins + timedelta(minutes=1))
        if subscription["_cancels_at_end"]:
            self.end(ref)
            return
        self.begin_cycle(ref, begins)
        if paid:
            self.charge(ref)
        else:
            self.attempt_charge(self.issue(ref), "failed")
            self.change(ref, "pending")

    def begin_cycle(self, ref: str, begins: datetime) -> None:
        subscription = self.subscriptions[ref]
        self.apply_scheduled(ref)
        months = 12 if self.plans[subscription["plan_id"]]["period"] == "yearly" else 1
        ends = int(months_later(begins, months).timestamp())
        subscription |= {"current_start": int(begins.timestamp()), "current_end": ends}
        subscription["charge_at"] = ends

    def issue(self, ref: str) -> Json:
        """The invoice of the present cycle."""
        subscription = self.subscriptions[ref]
        plan = self.plans[subscription["plan_id"]]["item"]
        ids = {kind: self.new_id(kind) for kind in ("inv", "order", "li")}
        off = self.offers.get(subscription["offer_id"], {}).get("percent", 0)
        invoice = issued(ids, subscription, plan, self.seconds(), off)
        self.invoices.append(invoice)
        return invoice

    def attempt_charge(self, invoice: Json, status: str) -> Json:
        ref, method = invoice["subscription_id"], self.method
        payment = attempted(self.new_id("pay"), invoice, status, self.seconds(), method)
        self.subscriptions[ref]["payment_method"] = payment["method"]
        self.payments[payment["id"]] = payment
        return payment

    def charge(self, ref: str, invoice: Json | None = None) -> None:
        subscription = self.subscriptions[ref]
        subscription["paid_count"] += 1
        subscription["remaining_count"] -= 1
        invoice = invoice or self.issue(ref)
        payment = self.attempt_charge(invoice, "captured")
        invoice |= {"status": "paid", "paid_at": self.seconds(), "payment_id": payment["id"]}
        invoice |= {"amount_paid": invoice["amount"], "amount_due": 0}
        self.event("subscription.charged", subscription=subscription, payment=payment)

    def recover(self, ref: str) -> None:
        """The payer settles what waits, on the subscription's page."""
        waiting = [
            each
            for each in self.invoices
            if each["subscription_id"] == ref and each["status"] == "issued"
        ]
        self.change(ref, "active")
        self.charge(ref, waiting[-1] if waiting else None)

    def change(self, ref: str, status: str) -> None:
        subscription = self.subscriptions[ref]
        subscription["status"] = status
        name = "activated" if status == "active" else status
        self.event(f"subscription.{name}", subscription=subscription)

    def _current(self, ref: str) -> Json:
        subscription = self.subscriptions[ref]
        expires = subscription["expire_by"]
        if subscription["status"] == "created" and expires and expires <= self.seconds():
            subscription["status"] = "expired"
        return subscription
