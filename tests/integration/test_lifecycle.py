"""Cancel, resume, swap, assign, settings, portal and invoices, at gateways of each kind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.support.billing_house import (
    BACK,
    ROOT,
    SUCCESS,
    BillingHouse,
    bearer,
    billing_house,
    day_of,
)
from tests.support.gateway_drivers import open_driver

KINDS = ["sandbox-stripe", "sandbox-paypal", "sandbox-razorpay"]


@pytest.fixture
def house(request: pytest.FixtureRequest, billing_url: str) -> Iterator[BillingHouse]:
    kind = getattr(request, "param", "sandbox-stripe")
    with (
        open_driver(kind) as driver,
        billing_house(billing_url, {"sandbox": driver}) as opened,
    ):
        yield opened


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def pass_time(house: BillingHouse, by: timedelta = timedelta(days=32)) -> None:
    """The gateway renews or ends what fell due; nobody is told."""
    house.driver.advance(by)
    for snapshot in house.at_gateways():
        if snapshot.status not in ("cancelled", "expired", "suspended"):
            house.driver.renew(snapshot.ref)
    house.driver.deliveries()


every_kind = pytest.mark.parametrize("house", KINDS, indirect=True)
paypal = pytest.mark.parametrize("house", ["sandbox-paypal"], indirect=True)
hosted = pytest.mark.parametrize("house", KINDS[1:], indirect=True)


class TestCancel:
    @every_kind
    def test_access_lasts_until_the_paid_period_is_over(self, house: BillingHouse) -> None:
        house.subscribe()
        answer = house.post("/subscription/cancel")
        assert answer.status_code == 200
        body = answer.json()
        assert (body["plan"], body["status"]) == ("pro", "grace")
        assert body["cancel_at"] == body["subscription"]["period_end"]
        pass_time(house)
        house.sweep()
        shown = house.shown()
        assert (shown["plan"], shown["status"], shown["subscribed_plan"]) == (
            "free",
            "cancelled",
            "pro",
        )

    @every_kind
    def test_twice_is_once(self, house: BillingHouse) -> None:
        house.subscribe()
        first, second = house.post("/subscription/cancel"), house.post("/subscription/cancel")
        assert (first.status_code, second.status_code) == (200, 200)
        house.deliver()
        house.reconcile()
        assert house.count("CancellationScheduled") == 1

    def test_a_dry_run_tells_when_and_does_nothing(self, house: BillingHouse) -> None:
        house.subscribe()
        before = house.events()
        answer = house.post("/subscription/cancel?dry_run=true").json()
        assert (answer["dry_run"], answer["in_place"], answer["action"]) == (True, True, "cancel")
        assert answer["effective_at"] == house.shown()["period_end"]
        assert house.events() == before

    def test_without_a_subscription_there_is_nothing_to_cancel(self, house: BillingHouse) -> None:
        assert code(house.post("/subscription/cancel")) == (409, "not_subscribed")
        assert code(house.post("/subscription/cancel?dry_run=true")) == (409, "not_subscribed")

    @paypal
    def test_whoever_cancelled_for_good_may_buy_the_same_plan_again(
        self, house: BillingHouse
    ) -> None:
        first = house.subscribe()
        house.post("/subscription/cancel")
        second = house.subscribe()
        assert second != first
        assert house.shown()["status"] == "active"
        assert house.charging() == [second]


class TestResume:
    def test_takes_the_cancellation_back_while_it_is_only_scheduled(
        self, house: BillingHouse
    ) -> None:
        house.subscribe()
        house.post("/subscription/cancel")
        assert house.post("/subscription/resume?dry_run=true").json()["action"] == "resume"
        body = house.post("/subscription/resume").json()
        assert (body["status"], body["cancel_at"]) == ("active", None)
        house.deliver(backwards=True)
        assert house.shown()["status"] == "active"

    def test_not_what_nobody_cancelled(self, house: BillingHouse) -> None:
        house.subscribe()
        assert code(house.post("/subscription/resume")) == (409, "cannot_resume")

    def test_not_what_is_over(self, house: BillingHouse) -> None:
        house.subscribe()
        house.post("/subscription/cancel")
        pass_time(house)
        house.sweep()
        assert code(house.post("/subscription/resume")) == (409, "cannot_resume")

    def test_not_what_never_was(self, house: BillingHouse) -> None:
        assert code(house.post("/subscription/resume")) == (409, "not_subscribed")

    @hosted
    def test_never_where_the_gateway_takes_nothing_back(self, house: BillingHouse) -> None:
        house.subscribe()
        house.post("/subscription/cancel")
        for query in ("", "?dry_run=true"):
            assert code(house.post(f"/subscription/resume{query}")) == (409, "cannot_resume")


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


class TestAssignPlan:
    def test_a_local_plan_needs_no_checkout(self, house: BillingHouse) -> None:
        body = house.put_plan("enterprise").json()
        assert (body["plan"], body["status"], body["gateway"]) == ("enterprise", "active", None)
        assert house.shown()["plan"] == "enterprise"

    def test_only_plans_that_cost_nothing_are_assigned(self, house: BillingHouse) -> None:
        assert code(house.put_plan("pro")) == (409, "plan_not_local")
        assert code(house.put_plan("nowhere")) == (404, "plan_not_found")

    def test_what_somebody_pays_for_is_not_ended_silently(self, house: BillingHouse) -> None:
        house.subscribe()
        assert code(house.put_plan("enterprise")) == (409, "subscription_live")

    def test_what_ends_anyway_is_ended_at_its_gateway_too(self, house: BillingHouse) -> None:
        house.subscribe()
        house.post("/subscription/cancel")
        assert house.put_plan("enterprise").status_code == 200
        house.sweep()
        assert house.charging() == []
        assert house.shown()["plan"] == "enterprise"

    def test_an_assigned_plan_is_left_by_a_checkout(self, house: BillingHouse) -> None:
        house.put_plan("enterprise")
        house.subscribe()
        assert house.shown()["plan"] == "pro"

    def test_an_inactive_one_is_refused(self, house: BillingHouse) -> None:
        url = "/v1/billing/plans/enterprise"
        house.client.patch(url, json={"is_active": False}, headers=ROOT)
        assert code(house.put_plan("enterprise")) == (409, "plan_inactive")


class TestSettings:
    url = "/v1/billing/workspaces/acme/settings"

    def patch(self, house: BillingHouse, **body: Any) -> Any:
        return house.client.patch(self.url, json=body, headers=bearer(acme="admin"))

    def test_each_is_changed_alone(self, house: BillingHouse) -> None:
        assert self.patch(house, billing_email="pay@acme.example").json() == {
            "plan_change": "prorate",
            "billing_email": "pay@acme.example",
        }
        changed = self.patch(house, plan_change="next_cycle").json()
        assert changed == {"plan_change": "next_cycle", "billing_email": "pay@acme.example"}
        assert self.patch(house, billing_email=None).json()["billing_email"] is None

    def test_the_address_is_sealed_in_the_event(self, house: BillingHouse) -> None:
        self.patch(house, billing_email="pay@acme.example")
        stored = b"".join(bytes(each.state) for each in house.store.read(0, 1000))
        assert b"pay@acme.example" not in stored

    @pytest.mark.parametrize(
        "body", [{"plan_change": "never"}, {"billing_email": "nobody"}, {"surprise": 1}]
    )
    def test_nonsense_is_refused(self, house: BillingHouse, body: dict[str, Any]) -> None:
        assert code(self.patch(house, **body)) == (422, "validation_failed")


class TestPortalAndInvoices:
    def test_the_portal_opens_where_there_is_one(self, house: BillingHouse) -> None:
        house.subscribe()
        answer = house.post("/portal", {"return_url": BACK})
        assert answer.status_code == 201
        assert answer.json()["url"].startswith("http")

    @hosted
    def test_elsewhere_it_is_not_supported(self, house: BillingHouse) -> None:
        house.subscribe()
        assert code(house.post("/portal")) == (409, "capability_not_supported")

    @every_kind
    def test_every_payment_is_listed_also_of_what_is_over(self, house: BillingHouse) -> None:
        house.subscribe()
        house.post("/subscription/cancel")
        pass_time(house)
        house.sweep()
        house.subscribe("team")
        url = "/v1/billing/workspaces/acme/invoices"
        listed = house.client.get(url, headers=bearer(acme="owner")).json()["data"]
        assert [each["amount_cents"] for each in listed] == [9900, 4900]
        assert all(each["number"] and each["url"] and each["status"] == "paid" for each in listed)

    def test_nobody_has_none(self, house: BillingHouse) -> None:
        url = "/v1/billing/workspaces/acme/invoices"
        assert house.client.get(url, headers=bearer(acme="owner")).json() == {"data": []}


class TestPayments:
    @every_kind
    def test_failure_recovery_and_suspension_show(self, house: BillingHouse) -> None:
        reference = house.subscribe()
        house.driver.fail_payment(reference)
        house.deliver()
        assert (house.shown()["plan"], house.shown()["status"]) == ("pro", "past_due")
        house.driver.recover_payment(reference)
        house.deliver()
        assert house.shown()["status"] == "active"
        house.driver.fail_payment(reference)
        house.driver.suspend(reference)
        house.deliver(backwards=True)
        assert (house.shown()["plan"], house.shown()["status"]) == ("free", "suspended")
        house.driver.recover_payment(reference)
        house.deliver()
        assert house.shown()["plan"] == "pro"

    @every_kind
    def test_renewals_move_the_period_on_and_keep_the_price(self, house: BillingHouse) -> None:
        reference = house.subscribe()
        url = "/v1/billing/plans/pro"
        house.client.patch(url, json={"price_cents": 5900}, headers=ROOT)
        before = day_of(house.shown()["period_end"])
        house.driver.renew(reference)
        house.deliver()
        shown = house.shown()
        assert day_of(shown["period_end"]) > before
        assert (shown["price_cents"], shown["current_price_cents"]) == (4900, 5900)
        assert shown["grandfathered"] is True
        house.client.patch(url, json={"price_cents": 6900}, headers=ROOT)
        house.reconcile()
        assert house.shown()["price_cents"] == 4900
        assert house.count("PriceMismatchNoticed") == 0


class TestCheckoutRefusals:
    @pytest.mark.parametrize(
        ("body", "refusal"),
        [
            ({"plan": "nowhere"}, (404, "plan_not_found")),
            ({"plan": "enterprise"}, (409, "plan_local_only")),
            ({"gateway": "cash"}, (422, "gateway_not_configured")),
            ({"success_url": "javascript:alert(1)"}, (422, "validation_failed")),
            ({"plan": "../etc"}, (422, "validation_failed")),
            ({"surprise": True}, (422, "validation_failed")),
        ],
    )
    def test_bad_input_gets_its_error(
        self, house: BillingHouse, body: dict[str, Any], refusal: tuple[int, str]
    ) -> None:
        good = {
            "plan": "pro",
            "gateway": "sandbox",
            "success_url": SUCCESS,
            "cancel_url": BACK,
        }
        assert code(house.post("/checkout", {**good, **body})) == refusal

    def test_the_plan_one_has_is_not_sold_again(self, house: BillingHouse) -> None:
        house.subscribe()
        answer = house.post(
            "/checkout",
            {"plan": "pro", "gateway": "sandbox", "success_url": SUCCESS, "cancel_url": BACK},
        )
        assert code(answer) == (409, "already_subscribed")

    def test_an_inactive_plan_is_not_sold_and_who_has_it_keeps_it(
        self, house: BillingHouse
    ) -> None:
        house.subscribe()
        house.client.patch("/v1/billing/plans/pro", json={"is_active": False}, headers=ROOT)
        house.client.patch("/v1/billing/plans/team", json={"is_active": False}, headers=ROOT)
        answer = house.post("/subscription/swap", {"plan": "team"})
        assert code(answer) == (409, "plan_inactive")
        assert house.reconcile()["plan"] == "pro"

    @pytest.mark.parametrize("role", ["editor", "viewer"])
    def test_only_managers_may(self, house: BillingHouse, role: str) -> None:
        answer = house.post("/subscription/cancel", headers=bearer(acme=role))
        assert code(answer) == (403, "forbidden")
