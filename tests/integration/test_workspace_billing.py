"""Assigned plans, settings, portal and invoices over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.answers import code
from tests.support.billing_service import (
    BACK,
    ROOT,
    BillingService,
)
from tests.support.billing_steps import every_kind, hosted, pass_time
from tests.support.tokens import bearer


class TestAssignPlan:
    def test_a_local_plan_needs_no_checkout(self, billing: BillingService) -> None:
        body = billing.put_plan("enterprise").json()
        assert (body["plan"], body["status"], body["gateway"]) == ("enterprise", "active", None)
        assert billing.shown()["plan"] == "enterprise"

    def test_only_plans_that_cost_nothing_are_assigned(self, billing: BillingService) -> None:
        assert code(billing.put_plan("pro")) == (409, "plan_not_local")
        assert code(billing.put_plan("nowhere")) == (404, "plan_not_found")

    def test_what_somebody_pays_for_is_not_ended_silently(self, billing: BillingService) -> None:
        billing.subscribe()
        assert code(billing.put_plan("enterprise")) == (409, "subscription_live")

    def test_what_ends_anyway_is_ended_at_its_gateway_too(self, billing: BillingService) -> None:
        billing.subscribe()
        billing.post("/subscription/cancel")
        assert billing.put_plan("enterprise").status_code == 200
        billing.sweep()
        assert billing.charging() == []
        assert billing.shown()["plan"] == "enterprise"

    def test_an_assigned_plan_is_left_by_a_checkout(self, billing: BillingService) -> None:
        billing.put_plan("enterprise")
        billing.subscribe()
        assert billing.shown()["plan"] == "pro"

    def test_an_inactive_one_is_refused(self, billing: BillingService) -> None:
        url = "/v1/billing/plans/enterprise"
        billing.client.patch(url, json={"is_active": False}, headers=ROOT)
        assert code(billing.put_plan("enterprise")) == (409, "plan_inactive")


class TestSettings:
    url = "/v1/billing/workspaces/acme/settings"

    def patch(self, billing: BillingService, **body: Any) -> Any:
        return billing.client.patch(self.url, json=body, headers=bearer(acme="admin"))

    def test_each_is_changed_alone(self, billing: BillingService) -> None:
        assert self.patch(billing, billing_email="pay@acme.example").json() == {
            "plan_change": "prorate",
            "billing_email": "pay@acme.example",
        }
        changed = self.patch(billing, plan_change="next_cycle").json()
        assert changed == {"plan_change": "next_cycle", "billing_email": "pay@acme.example"}
        assert self.patch(billing, billing_email=None).json()["billing_email"] is None

    def test_are_shown_to_owners_and_to_support(self, billing: BillingService) -> None:
        default = {"plan_change": "prorate", "billing_email": None}
        for who in (bearer(acme="owner"), bearer("support")):
            assert billing.client.get(self.url, headers=who).json() == default
        self.patch(billing, billing_email="pay@acme.example")
        shown = billing.client.get(self.url, headers=ROOT).json()
        assert shown["billing_email"] == "pay@acme.example"

    def test_the_address_is_sealed_in_the_event(self, billing: BillingService) -> None:
        self.patch(billing, billing_email="pay@acme.example")
        stored = b"".join(bytes(each.state) for each in billing.store.read(0, 1000))
        assert b"pay@acme.example" not in stored

    @pytest.mark.parametrize(
        "body", [{"plan_change": "never"}, {"billing_email": "nobody"}, {"surprise": 1}]
    )
    def test_nonsense_is_refused(self, billing: BillingService, body: dict[str, Any]) -> None:
        assert code(self.patch(billing, **body)) == (422, "validation_failed")


class TestPortalAndInvoices:
    def test_the_portal_opens_where_there_is_one(self, billing: BillingService) -> None:
        billing.subscribe()
        answer = billing.post("/portal", {"return_url": BACK})
        assert answer.status_code == 201
        assert answer.json()["url"].startswith("http")

    @hosted
    def test_elsewhere_it_is_not_supported(self, billing: BillingService) -> None:
        billing.subscribe()
        assert code(billing.post("/portal")) == (409, "capability_not_supported")

    @every_kind
    def test_every_payment_is_listed_also_of_what_is_over(self, billing: BillingService) -> None:
        billing.subscribe()
        billing.post("/subscription/cancel")
        pass_time(billing)
        billing.sweep()
        billing.subscribe("team")
        url = "/v1/billing/workspaces/acme/invoices"
        listed = billing.client.get(url, headers=bearer(acme="owner")).json()["data"]
        assert [each["amount_cents"] for each in listed] == [9900, 4900]
        assert all(each["number"] and each["url"] and each["status"] == "paid" for each in listed)

    def test_nobody_has_none(self, billing: BillingService) -> None:
        url = "/v1/billing/workspaces/acme/invoices"
        assert billing.client.get(url, headers=bearer(acme="owner")).json() == {"data": []}


class TestSaysWhetherAnythingChanged:
    def test_of_two_cancellations_the_first(self, billing: BillingService) -> None:
        billing.subscribe()
        dry, first = (billing.post(f"/subscription/cancel{q}") for q in ("?dry_run=true", ""))
        assert (dry.json()["changed"], first.json()["changed"]) == (True, True)
        dry, again = (billing.post(f"/subscription/cancel{q}") for q in ("?dry_run=true", ""))
        assert (dry.json()["changed"], again.json()["changed"]) == (False, False)

    def test_a_reconcile_of_what_is_known(self, billing: BillingService) -> None:
        billing.pay(billing.checkout())
        assert [billing.reconcile()["changed"] for _ in range(2)] == [True, False]

    def test_a_plan_that_is_assigned_already(self, billing: BillingService) -> None:
        answers = [billing.put_plan("enterprise").json()["changed"] for _ in range(2)]
        assert answers == [True, False]
