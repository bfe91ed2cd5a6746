"""Changing the plan over HTTP: in place, or by a new checkout."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.answers import code
from tests.support.billing_house import (
    BillingHouse,
)
from tests.support.billing_steps import hosted, pass_time
from tests.support.tokens import bearer


class TestSwapInPlace:
    def test_is_in_force_at_once_by_default(self, house: BillingHouse) -> None:
        house.subscribe()
        answer = house.post("/subscription/swap", {"plan": "team"})
        assert answer.status_code == 200
        assert answer.json()["plan"] == "team"
        shown = house.shown()
        assert (shown["plan"], shown["price_cents"], shown["next_plan"]) == ("team", 9900, None)
        assert house.count("PlanSwapped") == 1

    def test_a_dry_run_previews_the_proration(self, house: BillingHouse) -> None:
        house.subscribe()
        answer = house.post("/subscription/swap?dry_run=true", {"plan": "team"}).json()
        assert (answer["in_place"], answer["needs_checkout"]) == (True, False)
        assert answer["proration"]["currency"] == "USD"
        assert 0 < answer["proration"]["amount_cents"] <= 5000
        assert house.shown()["plan"] == "pro"

    def test_at_the_next_cycle_where_the_workspace_wants_it_so(self, house: BillingHouse) -> None:
        house.subscribe()
        url = "/v1/billing/workspaces/acme/settings"
        house.client.patch(url, json={"plan_change": "next_cycle"}, headers=bearer(acme="admin"))
        body = house.post("/subscription/swap", {"plan": "pro-yearly"}).json()
        assert (body["plan"], body["subscription"]["next_plan"]) == ("pro", "pro-yearly")
        house.deliver()
        pass_time(house)
        house.sweep()
        shown = house.shown()
        assert (shown["plan"], shown["interval"], shown["next_plan"]) == (
            "pro-yearly",
            "year",
            None,
        )

    def test_a_planned_swap_is_taken_back_at_the_price_that_was_bought(
        self, house: BillingHouse
    ) -> None:
        house.subscribe()
        url = "/v1/billing/workspaces/acme/settings"
        house.client.patch(url, json={"plan_change": "next_cycle"}, headers=bearer(acme="admin"))
        house.post("/subscription/swap", {"plan": "team"})
        house.client.patch(url, json={"plan_change": "prorate"}, headers=bearer(acme="admin"))
        answer = house.post("/subscription/swap", {"plan": "pro"})
        assert answer.status_code == 200, answer.text
        assert answer.json()["subscription"]["next_plan"] is None
        pass_time(house)
        house.sweep()
        assert house.shown()["plan"] == "pro"

    @pytest.mark.parametrize(
        ("plan", "refusal"),
        [
            ("pro", (409, "already_subscribed")),
            ("nowhere", (404, "plan_not_found")),
            ("enterprise", (409, "plan_local_only")),
        ],
    )
    def test_is_refused(self, house: BillingHouse, plan: str, refusal: tuple[int, str]) -> None:
        house.subscribe()
        for query in ("", "?dry_run=true"):
            assert code(house.post(f"/subscription/swap{query}", {"plan": plan})) == refusal

    def test_what_is_about_to_end_is_resumed_first(self, house: BillingHouse) -> None:
        house.subscribe()
        house.post("/subscription/cancel")
        answer = house.post("/subscription/swap", {"plan": "team"})
        assert code(answer) == (409, "cancellation_scheduled")


@hosted
class TestSwapByCheckout:
    def test_the_old_one_is_cancelled_and_refunded_when_the_new_one_is_paid(
        self, house: BillingHouse
    ) -> None:
        house.subscribe()
        house.driver.advance(timedelta(days=10))
        dry = house.post("/subscription/swap?dry_run=true", {"plan": "team"}).json()
        assert (dry["in_place"], dry["needs_checkout"]) == (False, True)
        answer = house.post("/subscription/swap", {"plan": "team"})
        assert answer.status_code == 201
        assert answer.json()["url"].startswith("http")
        assert house.shown()["plan"] == "pro"
        new = house.pay(answer.json())
        assert house.reconcile()["plan"] == "team"
        assert house.charging() == [new]
        house.deliver(times=2, backwards=True)
        assert house.count("OrphanSubscriptionCancelled") == 1
        assert house.count("OverlapRefunded") == 1
        assert house.driver.effects("refund") == 1

    def test_what_is_never_paid_leaves_the_old_one(self, house: BillingHouse) -> None:
        old = house.subscribe()
        started = house.post("/subscription/swap", {"plan": "team"}).json()
        house.driver.decline(house.page(started["checkout_id"]))
        house.deliver()
        house.reconcile()
        assert house.shown()["plan"] == "pro"
        assert house.charging() == [old]
