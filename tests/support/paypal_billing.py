"""PayPal's subscriptions and their payments."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from kernel.clock import rfc3339
from tests.support.double_clock import months_later
from tests.support.http_double import Answer, Call, Json, Route, route
from tests.support.paypal_catalogue import PayPalCatalogue, known, page_of
from tests.support.paypal_state import checked_money, checked_text, refused


class PayPalBilling(PayPalCatalogue):
    def __init__(self) -> None:
        self.subscriptions: dict[str, Json] = {}
        self.payments: dict[str, list[Json]] = {}
        self.sales: dict[str, Json] = {}
        super().__init__()

    def routes(self) -> Iterable[Route]:
        subscriptions = "/v1/billing/subscriptions"
        yield from super().routes()
        yield route("POST", subscriptions, self.once(self.create_subscription))
        yield route("GET", subscriptions, self.list_subscriptions)
        yield route("GET", subscriptions + "/{}", self.show_subscription)
        yield route("POST", subscriptions + "/{}/cancel", self.cancel_subscription)
        yield route("POST", subscriptions + "/{}/suspend", self.suspend_subscription)
        yield route("POST", subscriptions + "/{}/activate", self.activate_subscription)
        yield route("GET", subscriptions + "/{}/transactions", self.list_transactions)
        yield route("GET", "/v1/payments/sale/{}", self.show_sale)

    def create_subscription(self, call: Call) -> Answer:
        sent = call.json
        if known(self.plans, sent["plan_id"])["status"] != "ACTIVE":
            raise refused(422, "PLAN_STATUS_INVALID")
        checked_text(sent, "custom_id", 127)
        assert {"return_url", "cancel_url"} <= sent["application_context"].keys()
        ref = f"I-{self.number(12)}"
        page = f"{self.url}/webapps/billing/subscriptions?ba_token=BA-{ref[2:]}"
        self.subscriptions[ref] = {
            "id": ref,
            "plan_id": sent["plan_id"],
            "custom_id": sent["custom_id"],
            "status": "APPROVAL_PENDING",
            "status_update_time": self.stamp(),
            "create_time": self.stamp(),
            "start_time": sent.get("start_time", self.stamp()),
            "subscriber": sent.get("subscriber", {}),
            "links": [{"href": page, "rel": "approve", "method": "GET"}],
        }
        self._begin_with(self.subscriptions[ref], sent)
        self.event("BILLING.SUBSCRIPTION.CREATED", self.subscriptions[ref])
        return Answer(201, self.subscriptions[ref])

    def _begin_with(self, subscription: Json, sent: Json) -> None:
        """As the plan allows: so many, and another price of its own cycles."""
        plan = self.plans[sent["plan_id"]]
        if "quantity" in sent:
            if not plan.get("quantity_supported"):
                raise refused(422, "SUBSCRIPTION_CANNOT_HAVE_QUANTITY")
            subscription["quantity"] = sent["quantity"]
        if "taxes" in sent.get("plan", {}):
            taxes = sent["plan"]["taxes"]
            assert 0 < Decimal(taxes["percentage"]) < 100
            assert taxes["inclusive"] is True
            subscription["_taxes"] = taxes
        for cycle in sent.get("plan", {}).get("billing_cycles", []):
            price = checked_money(cycle["pricing_scheme"]["fixed_price"])
            listed = plan["billing_cycles"][cycle["sequence"] - 1]["pricing_scheme"]["fixed_price"]
            if price["currency_code"] != listed["currency_code"]:
                raise refused(422, "CURRENCY_MISMATCH")
            self._override(subscription, price["value"])

    def list_subscriptions(self, call: Call) -> Answer:
        after = datetime.fromisoformat(call.query.get("created_after", "1970-01-01T00:00:00Z"))
        before = datetime.fromisoformat(call.query.get("created_before", "2999-01-01T00:00:00Z"))
        plans = call.query.get("plan_ids")
        found = [
            {key: subscription[key] for key in ("id", "status", "plan_id", "custom_id")}
            for subscription in self.subscriptions.values()
            if after <= datetime.fromisoformat(subscription["create_time"]) <= before
            and (plans is None or subscription["plan_id"] in plans.split(","))
        ]
        return Answer(200, {"subscriptions": page_of(found, call)})

    def show_subscription(self, call: Call, ref: str) -> Answer:
        """Fields that have to be asked for are left out otherwise."""
        shown = dict(known(self.subscriptions, ref))
        asked = call.query.get("fields", "").split(",")
        if "plan" in asked:
            shown["plan"] = shown.get("_plan") or self.plans[shown["plan_id"]]
        shown.pop("_plan", None)
        shown.pop("_taxes", None)
        if "billing_info" in shown and "last_failed_payment" not in asked:
            shown["billing_info"] = {
                name: value
                for name, value in shown["billing_info"].items()
                if name != "last_failed_payment"
            }
        return Answer(200, shown)

    def cancel_subscription(self, call: Call, ref: str) -> Answer:
        subscription = known(self.subscriptions, ref)
        checked_text(call.json, "reason", 128)
        if subscription["status"] not in ("ACTIVE", "SUSPENDED"):
            raise refused(422, "SUBSCRIPTION_STATUS_INVALID")
        subscription["billing_info"].pop("next_billing_time", None)
        self.change(ref, "CANCELLED")
        return Answer(204)

    def suspend_subscription(self, call: Call, ref: str) -> Answer:
        return self._moved(call, ref, "ACTIVE", "SUSPENDED")

    def activate_subscription(self, call: Call, ref: str) -> Answer:
        return self._moved(call, ref, "SUSPENDED", "ACTIVE")

    def _moved(self, call: Call, ref: str, before: str, after: str) -> Answer:
        subscription = known(self.subscriptions, ref)
        checked_text(call.json, "reason", 128)
        if subscription["status"] != before:
            raise refused(422, "SUBSCRIPTION_STATUS_INVALID")
        subscription["status_change_note"] = call.json["reason"]
        self.change(ref, after)
        return Answer(204)

    def list_transactions(self, call: Call, ref: str) -> Answer:
        known(self.subscriptions, ref)
        start = datetime.fromisoformat(call.query["start_time"])
        end = datetime.fromisoformat(call.query["end_time"])
        payments = [
            payment
            for payment in self.payments.get(ref, [])
            if start <= datetime.fromisoformat(payment["time"]) <= end
        ]
        return Answer(200, {"transactions": payments})

    def show_sale(self, call: Call, ref: str) -> Answer:
        return Answer(200, known(self.sales, ref))

    def override_price(self, ref: str, value: str) -> Json:
        """Support patches this subscription's price alone."""
        return self._override(self.subscriptions[ref], value)

    def _override(self, subscription: Json, value: str) -> Json:
        plan = copy.deepcopy(self.plans[subscription["plan_id"]])
        plan["billing_cycles"][0]["pricing_scheme"]["fixed_price"]["value"] = value
        subscription |= {"_plan": plan, "plan_overridden": True}
        return subscription

    def change(self, ref: str, status: str) -> None:
        subscription = self.subscriptions[ref]
        subscription |= {"status": status, "status_update_time": self.stamp()}
        self.event(f"BILLING.SUBSCRIPTION.{status}", subscription)

    def activate(self, ref: str) -> None:
        subscription = self.subscriptions[ref]
        subscription["subscriber"] |= {"payer_id": f"PAYER{ref[-8:]}"}
        starts = max(subscription["start_time"], self.stamp())
        subscription |= {"start_time": starts, "links": []}
        zero = {**self.price(ref), "value": "0.0"}
        subscription["billing_info"] = {"outstanding_balance": zero, "failed_payments_count": 0}
        subscription |= {"status": "ACTIVE", "status_update_time": self.stamp()}
        self.event("BILLING.SUBSCRIPTION.ACTIVATED", subscription)
        if starts > self.stamp():
            subscription["billing_info"]["next_billing_time"] = starts
            return
        self.pay(ref, next_from=self.clock.now())

    def price(self, ref: str) -> Json:
        subscription = self.subscriptions[ref]
        plan = subscription.get("_plan") or self.plans[subscription["plan_id"]]
        price: Json = plan["billing_cycles"][0]["pricing_scheme"]["fixed_price"]
        whole = Decimal(price["value"]) * int(subscription.get("quantity", 1))
        return {**price, "value": str(whole)}

    def pay(self, ref: str, next_from: datetime | None = None) -> None:
        """A payment of the price; `next_from` starts a new period."""
        sale = f"SALE{self.number(13)}"
        price, subscription = self.price(ref), self.subscriptions[ref]
        billing = subscription["billing_info"]
        billing["last_payment"] = {"amount": price, "time": self.stamp()}
        billing["failed_payments_count"] = 0
        billing["outstanding_balance"] = {**price, "value": "0.0"}
        if next_from is not None:
            billing["next_billing_time"] = self._next(ref, next_from)
        self._row(ref, sale, "COMPLETED")
        amount = {"total": price["value"], "currency": price["currency_code"]}
        resource: Json = {"id": sale, "state": "completed", "amount": amount}
        resource |= {"billing_agreement_id": ref, "custom": subscription["custom_id"]}
        resource |= {"create_time": self.stamp()}
        self.sales[sale] = resource
        self.event("PAYMENT.SALE.COMPLETED", resource)

    def begin_period(self, ref: str, *, paid: bool) -> None:
        subscription = self.subscriptions[ref]
        billing = subscription["billing_info"]
        begins = datetime.fromisoformat(billing["next_billing_time"])
        self.clock.advance_to(begins + timedelta(minutes=1))
        if paid:
            self.pay(ref, next_from=begins)
            return
        billing["next_billing_time"] = self._next(ref, begins)
        billing["failed_payments_count"] += 1
        price = self.price(ref)
        owed = Decimal(billing["outstanding_balance"]["value"]) + Decimal(price["value"])
        billing["outstanding_balance"] = {**price, "value": str(owed)}
        billing["last_failed_payment"] = {
            "amount": price,
            "time": self.stamp(),
            "reason_code": "PAYER_CANNOT_PAY",
            "next_payment_retry_time": rfc3339(self.clock.now() + timedelta(days=5)),
        }
        self._row(ref, f"SALE{self.number(13)}", "DECLINED")
        self.event("BILLING.SUBSCRIPTION.PAYMENT.FAILED", subscription)

    def _row(self, ref: str, transaction: str, status: str) -> None:
        row: Json = {"id": transaction, "status": status, "time": self.stamp()}
        row |= {"amount_with_breakdown": {"gross_amount": self.price(ref), **self._tax(ref)}}
        self.payments.setdefault(ref, []).append(row)

    def _tax(self, ref: str) -> Json:
        """Of a price that includes it."""
        taxes, price = self.subscriptions[ref].get("_taxes"), self.price(ref)
        if taxes is None:
            return {}
        percentage = Decimal(taxes["percentage"])
        tax = Decimal(price["value"]) * percentage / (100 + percentage)
        return {"tax_amount": {**price, "value": str(tax.quantize(Decimal("0.01")))}}

    def _next(self, ref: str, instant: datetime) -> str:
        cycle = self.plans[self.subscriptions[ref]["plan_id"]]["billing_cycles"][0]
        months = 12 if cycle["frequency"]["interval_unit"] == "YEAR" else 1
        return rfc3339(months_later(instant, months))
