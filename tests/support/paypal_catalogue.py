"""PayPal's catalogue products and billing plans."""

from __future__ import annotations

import json
from collections.abc import Iterable

from tests.support.http_double import Answer, Call, Json, Route, route
from tests.support.paypal_state import PayPalState, checked_money, checked_text, refused

# What a PATCH may replace, of those that we could want.
_THRESHOLD = "/payment_preferences/payment_failure_threshold"
_PATCHABLE = {("replace", "/name"), ("replace", "/description"), ("replace", _THRESHOLD)}


class PayPalCatalogue(PayPalState):
    def __init__(self) -> None:
        self.products: dict[str, Json] = {}
        self.plans: dict[str, Json] = {}
        super().__init__()

    def routes(self) -> Iterable[Route]:
        plans = "/v1/billing/plans"
        yield route("POST", "/v1/catalogs/products", self.once(self.create_product))
        yield route("GET", "/v1/catalogs/products/{}", self.show_product)
        yield route("POST", plans, self.once(self.create_plan))
        yield route("GET", plans, self.list_plans)
        yield route("GET", plans + "/{}", self.show_plan)
        yield route("PATCH", plans + "/{}", self.update_plan)
        yield route("POST", plans + "/{}/activate", self.activate_plan)
        yield route("POST", plans + "/{}/deactivate", self.deactivate_plan)

    def create_product(self, call: Call) -> Answer:
        product = {**call.json, "create_time": self.stamp()}
        if product["id"] in self.products:
            raise refused(422, "DUPLICATE_RESOURCE_IDENTIFIER")
        assert 6 <= len(product["id"]) <= 50
        assert product["type"] in ("PHYSICAL", "DIGITAL", "SERVICE")
        checked_text(product, "name", 127)
        self.products[product["id"]] = product
        return Answer(201, product)

    def show_product(self, call: Call, product: str) -> Answer:
        return Answer(200, known(self.products, product))

    def create_plan(self, call: Call) -> Answer:
        plan = call.json
        known(self.products, plan["product_id"])
        checked_text(plan, "name", 127)
        assert plan["payment_preferences"]
        for cycle in plan["billing_cycles"]:
            assert cycle["frequency"]["interval_unit"] in ("MONTH", "YEAR")
            assert {"tenure_type", "sequence"} <= cycle.keys()
            checked_money(cycle["pricing_scheme"]["fixed_price"])
        plan_id = f"P-{self.number(24)}"
        self.plans[plan_id] = {**plan, "id": plan_id, "create_time": self.stamp()}
        return Answer(201, self.plans[plan_id])

    def list_plans(self, call: Call) -> Answer:
        product = call.query["product_id"]
        plans = [plan for plan in self.plans.values() if plan["product_id"] == product]
        if call.headers.get("prefer") != "return=representation":
            plans = [{"id": plan["id"], "status": plan["status"]} for plan in plans]
        return Answer(200, {"plans": page_of(plans, call)})

    def show_plan(self, call: Call, plan: str) -> Answer:
        return Answer(200, known(self.plans, plan))

    def activate_plan(self, call: Call, plan: str) -> Answer:
        assert not call.body
        if known(self.plans, plan)["status"] != "INACTIVE":
            raise refused(422, "PLAN_STATUS_INVALID")
        self.plans[plan]["status"] = "ACTIVE"
        return Answer(204)

    def deactivate_plan(self, call: Call, plan: str) -> Answer:
        assert not call.body
        if known(self.plans, plan)["status"] != "ACTIVE":
            raise refused(422, "PLAN_STATUS_INVALID")
        self.plans[plan]["status"] = "INACTIVE"
        return Answer(204)

    def update_plan(self, call: Call, plan: str) -> Answer:
        if known(self.plans, plan)["status"] != "ACTIVE":
            raise refused(422, "PLAN_STATUS_INACTIVE")
        for operation in json.loads(call.body):
            if (operation["op"], operation["path"]) not in _PATCHABLE:
                raise refused(400, "UNSUPPORTED_PATCH_OPERATION")
            if operation["path"] == _THRESHOLD:
                threshold = {"payment_failure_threshold": operation["value"]}
                self.plans[plan]["payment_preferences"] |= threshold
                continue
            value = checked_text(operation, "value", 127)
            self.plans[plan][operation["path"].removeprefix("/")] = value
        return Answer(204)


def known(things: dict[str, Json], ref: str) -> Json:
    if ref not in things:
        raise refused(404, "INVALID_RESOURCE_ID")
    return things[ref]


def page_of(things: list[Json], call: Call) -> list[Json]:
    size, page = int(call.query.get("page_size", "10")), int(call.query.get("page", "1"))
    assert 1 <= size <= 20
    return things[size * (page - 1) : size * page]
