"""Cancel, resume and payments over HTTP, at gateways of each kind."""

from __future__ import annotations

from tests.support.answers import code
from tests.support.billing_house import (
    ROOT,
    BillingHouse,
    day_of,
)
from tests.support.billing_steps import every_kind, hosted, pass_time, paypal


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
