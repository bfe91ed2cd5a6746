"""Products and billing plans. A product's id is ours, a billing plan's is PayPal's.

A plan that is renamed is renamed at PayPal as far as it is still sold: the billing plan, which is
what the payer reads. A product keeps the name that it was made with; PayPal can't change that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final

from gateways.paypal.client import Json, PayPalClient, issue_of, request_id, text
from gateways.paypal.money import to_paypal
from gateways.paypal.terms import Terms, terms_of
from gateways.port import (
    GatewayRejected,
    Interval,
    PlanRef,
    PlanSpec,
    ReferenceNotFound,
)

_PRODUCT_ID_LIMIT = 50
_NAME_LIMIT = 127
_PAGE = 20
# After this many billing cycles in a row whose payment and its retries failed PayPal suspends the
# subscription. Years would pass before a yearly one reaches three.
_FAILURE_THRESHOLD: Final[dict[Interval, int]] = {"month": 3, "year": 1}


class Catalogue:
    def __init__(self, client: PayPalClient) -> None:
        self._client = client
        self._terms: dict[str, Terms | None] = {}

    def ensure_plan(self, command_id: str, plan: PlanSpec, current: PlanRef | None) -> PlanRef:
        """Looks before it creates, because PayPal forgets request ids after 72 hours. A plan that
        somebody deactivated in PayPal's dashboard is activated again."""
        wanted = Terms(plan.price, plan.interval)
        to_paypal(plan.price)
        product = self._ensure_product(command_id, plan)
        made = {
            text(each, "id"): each
            for each in self._sold(product, wanted)
            if each.get("quantity_supported") or not plan.per_unit
        }
        former = current.price if current is not None else None
        price = former if former in made else next(iter(made), None)
        if price is None:
            price = self._create(command_id, product, plan)
        else:
            self._bring_up_to_date(made[price], plan)
        if former is None or former == price:
            return PlanRef(product, price, plan.price)
        self._deactivate(former)
        return PlanRef(product, price, plan.price, former)

    def archive_plan(self, command_id: str, current: PlanRef) -> None:  # noqa: ARG002 - idempotent
        self._deactivate(current.price)

    def terms(self, price: str) -> Terms | None:
        """Fetched once: a plan's price is immutable."""
        if price not in self._terms:
            self._terms[price] = terms_of(self._client.get(f"/v1/billing/plans/{price}"))
        return self._terms[price]

    def _deactivate(self, price: str) -> None:
        """Repeating it, or a plan that is gone, is fine."""
        try:
            self._client.post(f"/v1/billing/plans/{price}/deactivate")
        except ReferenceNotFound:
            return
        except GatewayRejected as rejected:
            if issue_of(rejected) != "PLAN_STATUS_INVALID":
                raise

    def _ensure_product(self, command_id: str, plan: PlanSpec) -> str:
        product = product_id(plan.slug)
        try:
            self._client.get(f"/v1/catalogs/products/{product}")
        except ReferenceNotFound:
            self._create_product(command_id, product, plan)
        return product

    def _create_product(self, command_id: str, product: str, plan: PlanSpec) -> None:
        body = {"id": product, "name": _name(plan), "type": "SERVICE", "category": "SOFTWARE"}
        key = request_id(command_id, "product")
        try:
            self._client.post("/v1/catalogs/products", body, key=key)
        except GatewayRejected as rejected:
            if issue_of(rejected) != "DUPLICATE_RESOURCE_IDENTIFIER":
                raise

    def _create(self, command_id: str, product: str, plan: PlanSpec) -> str:
        by_unit = " by unit" if plan.per_unit else ""
        key = request_id(command_id, f"plan {plan.price} {plan.interval}{by_unit}")
        created = self._client.post("/v1/billing/plans", _plan_body(product, plan), key=key)
        return text(created, "id")

    def _bring_up_to_date(self, made: Json, plan: PlanSpec) -> None:
        """PayPal changes a plan only while it is active."""
        path = f"/v1/billing/plans/{text(made, 'id')}"
        if made.get("status") != "ACTIVE":
            self._client.post(f"{path}/activate")
        if operations := _differences(made, plan):
            self._client.patch(path, operations)

    def _sold(self, product: str, wanted: Terms) -> list[Json]:
        """The product's plans at these terms, active ones first."""
        found = []
        for plan in self._plans(product):
            whole = plan
            if "billing_cycles" not in plan:
                whole = self._client.get(f"/v1/billing/plans/{text(plan, 'id')}")
            self._terms[text(whole, "id")] = terms_of(whole)
            if terms_of(whole) == wanted and whole.get("status") in ("ACTIVE", "INACTIVE"):
                found.append(whole)
        return sorted(found, key=lambda each: each["status"] != "ACTIVE")

    def _plans(self, product: str) -> Iterator[Json]:
        page = 1
        while True:
            answer = self._client.get(
                "/v1/billing/plans", {"product_id": product, "page_size": _PAGE, "page": page}
            )
            plans = answer.get("plans", [])
            yield from plans
            if len(plans) < _PAGE:
                return
            page += 1


def product_id(slug: str) -> str:
    """6 to 50 characters, the same for the same slug at any time."""
    plain = f"plan-{slug}"
    if len(plain) <= _PRODUCT_ID_LIMIT:
        return plain
    return f"plan-{hashlib.sha256(slug.encode()).hexdigest()[:40]}"


def _name(plan: PlanSpec) -> str:
    return plan.name[:_NAME_LIMIT]


def _plan_body(product: str, plan: PlanSpec) -> Json:
    cycle = {
        "frequency": {"interval_unit": plan.interval.upper(), "interval_count": 1},
        "tenure_type": "REGULAR",
        "sequence": 1,
        "total_cycles": 0,
        "pricing_scheme": {"fixed_price": to_paypal(plan.price)},
    }
    return {
        "product_id": product,
        "name": _name(plan),
        "status": "ACTIVE",
        "quantity_supported": True,
        "billing_cycles": [cycle],
        "payment_preferences": {
            "auto_bill_outstanding": True,
            "payment_failure_threshold": _FAILURE_THRESHOLD[plan.interval],
        },
    }


def _differences(made: Json, plan: PlanSpec) -> list[Json]:
    """What a plan needs to be replaced in it, as a JSON Patch."""
    wanted = {
        "/name": (made.get("name"), _name(plan)),
        "/payment_preferences/payment_failure_threshold": (
            made.get("payment_preferences", {}).get("payment_failure_threshold"),
            _FAILURE_THRESHOLD[plan.interval],
        ),
    }
    return [
        {"op": "replace", "path": path, "value": value}
        for path, (present, value) in wanted.items()
        if present != value
    ]
