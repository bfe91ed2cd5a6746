"""Cancel, resume and payments over HTTP, at gateways of each kind."""

from __future__ import annotations

from contracts.billing import SubscriptionChangeRequested
from tests.support.answers import code
from tests.support.billing_service import (
    ROOT,
    SUPPORT,
    BillingService,
    day_of,
)
from tests.support.billing_steps import every_kind, hosted, pass_time, paypal


class TestCancel:
    @every_kind
    def test_access_lasts_until_the_paid_period_is_over(self, billing: BillingService) -> None:
        billing.subscribe()
        answer = billing.post("/subscription/cancel")
        assert answer.status_code == 200
        body = answer.json()
        assert (body["plan"], body["status"]) == ("pro", "grace")
        assert body["cancel_at"] == body["subscription"]["period_end"]
        pass_time(billing)
        billing.sweep()
        shown = billing.shown()
        assert (shown["plan"], shown["status"], shown["subscribed_plan"]) == (
            "free",
            "cancelled",
            "pro",
        )

    @every_kind
    def test_twice_is_once(self, billing: BillingService) -> None:
        billing.subscribe()
        first, second = billing.post("/subscription/cancel"), billing.post("/subscription/cancel")
        assert (first.status_code, second.status_code) == (200, 200)
        billing.deliver()
        billing.reconcile()
        assert billing.count("CancellationScheduled") == 1

    def test_a_dry_run_tells_when_and_does_nothing(self, billing: BillingService) -> None:
        billing.subscribe()
        before = billing.events()
        answer = billing.post("/subscription/cancel?dry_run=true").json()
        assert (answer["dry_run"], answer["in_place"], answer["action"]) == (True, True, "cancel")
        assert answer["effective_at"] == billing.shown()["period_end"]
        assert billing.events() == before

    def test_support_cancels_with_a_reason_that_is_kept(self, billing: BillingService) -> None:
        billing.subscribe()
        silent = billing.post("/subscription/cancel", headers=SUPPORT)
        assert code(silent) == (422, "validation_failed")
        body = {"reason": "asked for by telephone"}
        assert billing.post("/subscription/cancel", body, headers=SUPPORT).status_code == 200
        requested = [
            (event.data.reason, event.actor)
            for event in billing.published()
            if isinstance(event.data, SubscriptionChangeRequested)
        ]
        assert requested == [(body["reason"], "user:sue")]

    def test_without_a_subscription_there_is_nothing_to_cancel(
        self, billing: BillingService
    ) -> None:
        assert code(billing.post("/subscription/cancel")) == (409, "not_subscribed")
        assert code(billing.post("/subscription/cancel?dry_run=true")) == (409, "not_subscribed")

    @paypal
    def test_whoever_cancelled_for_good_may_buy_the_same_plan_again(
        self, billing: BillingService
    ) -> None:
        first = billing.subscribe()
        billing.post("/subscription/cancel")
        second = billing.subscribe()
        assert second != first
        assert billing.shown()["status"] == "active"
        assert billing.charging() == [second]


class TestResume:
    def test_takes_the_cancellation_back_while_it_is_only_scheduled(
        self, billing: BillingService
    ) -> None:
        billing.subscribe()
        billing.post("/subscription/cancel")
        assert billing.post("/subscription/resume?dry_run=true").json()["action"] == "resume"
        body = billing.post("/subscription/resume").json()
        assert (body["status"], body["cancel_at"]) == ("active", None)
        billing.deliver(backwards=True)
        assert billing.shown()["status"] == "active"

    def test_not_what_nobody_cancelled(self, billing: BillingService) -> None:
        billing.subscribe()
        assert code(billing.post("/subscription/resume")) == (409, "cannot_resume")

    def test_not_what_is_over(self, billing: BillingService) -> None:
        billing.subscribe()
        billing.post("/subscription/cancel")
        pass_time(billing)
        billing.sweep()
        assert code(billing.post("/subscription/resume")) == (409, "cannot_resume")

    def test_not_what_never_was(self, billing: BillingService) -> None:
        assert code(billing.post("/subscription/resume")) == (409, "not_subscribed")

    @hosted
    def test_never_where_the_gateway_takes_nothing_back(self, billing: BillingService) -> None:
        billing.subscribe()
        billing.post("/subscription/cancel")
        for query in ("", "?dry_run=true"):
            assert code(billing.post(f"/subscription/resume{query}")) == (409, "cannot_resume")


class TestPayments:
    @every_kind
    def test_failure_recovery_and_suspension_show(self, billing: BillingService) -> None:
        reference = billing.subscribe()
        billing.driver.fail_payment(reference)
        billing.deliver()
        assert (billing.shown()["plan"], billing.shown()["status"]) == ("pro", "past_due")
        billing.driver.recover_payment(reference)
        billing.deliver()
        assert billing.shown()["status"] == "active"
        billing.driver.fail_payment(reference)
        billing.driver.suspend(reference)
        billing.deliver(backwards=True)
        assert (billing.shown()["plan"], billing.shown()["status"]) == ("free", "suspended")
        billing.driver.recover_payment(reference)
        billing.deliver()
        assert billing.shown()["plan"] == "pro"

    @every_kind
    def test_renewals_move_the_period_on_and_keep_the_price(self, billing: BillingService) -> None:
        reference = billing.subscribe()
        url = "/v1/billing/plans/pro"
        billing.client.patch(url, json={"price_cents": 5900}, headers=ROOT)
        before = day_of(billing.shown()["period_end"])
        billing.driver.renew(reference)
        billing.deliver()
        shown = billing.shown()
        assert day_of(shown["period_end"]) > before
        assert (shown["price_cents"], shown["current_price_cents"]) == (4900, 5900)
        assert shown["grandfathered"] is True
        billing.client.patch(url, json={"price_cents": 6900}, headers=ROOT)
        billing.reconcile()
        assert billing.shown()["price_cents"] == 4900
        assert billing.count("PriceMismatchNoticed") == 0
