"""What customers of billing systems complain of in public, tried here: seats, discounts and trials
that a change loses, gives twice or charges for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from kernel.clock import rfc3339
from tests.support.answers import code
from tests.support.billing_service import (
    CAUSE,
    OWNER,
    ROOT,
    BillingService,
    billing_service,
    day_of,
)
from tests.support.billing_steps import hosted, pass_time, paypal, razorpay
from tests.support.gateway_drivers import open_dashboard_driver, open_driver
from tests.support.offers import begin, offered, sell
from tests.support.offers import shown as running
from tests.support.razorpay_driver import driver as razorpay_driver
from tests.support.tokens import bearer


def at_next_cycle(billing: BillingService) -> None:
    url = "/v1/billing/workspaces/acme/settings"
    billing.client.patch(url, json={"plan_change": "next_cycle"}, headers=OWNER)


class TestSwapByCheckoutKeeps:
    @hosted
    def test_seats(self, billing: BillingService) -> None:
        for plan in ("pro", "team"):
            sell(billing, plan, per_unit={"unit": "seat", "max": 50})
        billing.pay(billing.checkout(quantity=4))
        billing.deliver()
        billing.pay(billing.post("/subscription/swap", {"plan": "team"}).json())
        billing.deliver(backwards=True)
        seen = billing.shown()
        assert (seen["plan"], seen["quantity"], seen["amount_cents"]) == ("team", 4, 39_600)
        assert len(billing.charging()) == 1

    @paypal
    def test_a_discount_that_lasts_though_its_code_is_closed_and_used_up(
        self, billing: BillingService
    ) -> None:
        offered(billing, max_redemptions=1, plans=["pro"])
        billing.pay(begin(billing, discount="HALF").json())
        billing.deliver()
        change = {"is_active": False}
        billing.client.patch("/v1/billing/discounts/HALF", json=change, headers=ROOT)
        billing.pay(billing.post("/subscription/swap", {"plan": "team"}).json())
        billing.deliver(backwards=True)
        assert (billing.shown()["plan"], billing.shown()["amount_cents"]) == ("team", 4950)
        billing.pay(billing.post("/subscription/swap", {"plan": "pro"}).json())
        billing.deliver()
        assert billing.shown()["amount_cents"] == 2450
        assert running(billing)["redemptions"] == 1

    @hosted
    def test_what_is_left_of_a_trial_and_no_more(self, billing: BillingService) -> None:
        sell(billing, "pro", trial_days=14)
        sell(billing, "team", trial_days=30)
        billing.pay(billing.checkout())
        billing.deliver()
        ends_at = day_of(billing.shown()["trial_ends_at"])
        billing.driver.advance(timedelta(days=4))
        billing.pay(billing.post("/subscription/swap", {"plan": "team"}).json())
        billing.deliver(backwards=True)
        seen = billing.shown()
        assert (seen["plan"], seen["status"]) == ("team", "trialing")
        left = day_of(seen["trial_ends_at"]) - ends_at
        assert timedelta(days=-1, minutes=-1) < left <= timedelta(minutes=1)
        assert len(billing.charging()) == 1
        assert billing.driver.effects("refund") == 0

    @hosted
    def test_no_trial_where_less_than_a_day_is_left(self, billing: BillingService) -> None:
        sell(billing, "pro", trial_days=14)
        billing.pay(billing.checkout())
        billing.deliver()
        billing.driver.advance(timedelta(days=13, hours=5))
        billing.pay(billing.post("/subscription/swap", {"plan": "team"}).json())
        billing.deliver()
        assert (billing.shown()["status"], billing.shown()["plan"]) == ("active", "team")


class TestSwapInPlaceKeeps:
    def test_seats_and_a_discount_at_the_boundary(self, billing: BillingService) -> None:
        offered(billing)
        for plan in ("pro", "team"):
            sell(billing, plan, per_unit={"unit": "seat", "max": 50})
        billing.pay(begin(billing, discount="HALF", quantity=3).json())
        billing.deliver()
        at_next_cycle(billing)
        billing.post("/subscription/swap", {"plan": "team"})
        pass_time(billing)
        billing.sweep()
        seen = billing.shown()
        assert (seen["plan"], seen["quantity"], seen["amount_cents"]) == ("team", 3, 14_850)

    def test_a_discount_is_not_given_while_another_plan_is_scheduled(
        self, billing: BillingService
    ) -> None:
        """What is planned at the gateway names the discounts of then."""
        offered(billing)
        sell(billing, "pro", trial_days=14)
        billing.subscribe()
        at_next_cycle(billing)
        billing.post("/subscription/swap", {"plan": "team"})
        for query in ("?dry_run=true", ""):
            answer = billing.post(f"/subscription/discount{query}", {"code": "HALF"})
            assert code(answer) == (409, "swap_scheduled")
        ends = {"ends_at": rfc3339(billing.driver.now() + timedelta(days=20))}
        answer = billing.post("/subscription/trial", ends, headers=ROOT)
        assert code(answer) == (409, "swap_scheduled")
        billing.post("/subscription/swap", {"plan": "pro"})
        assert billing.post("/subscription/discount", {"code": "HALF"}).status_code == 200

    def test_a_trial_goes_on_at_the_dearer_plan_and_nothing_is_charged(
        self, billing: BillingService
    ) -> None:
        sell(billing, "pro", trial_days=14)
        ref = billing.subscribe()
        before = billing.shown()["trial_ends_at"]
        billing.post("/subscription/swap", {"plan": "team"})
        seen = billing.shown()
        assert (seen["plan"], seen["status"], seen["trial_ends_at"]) == ("team", "trialing", before)
        invoices = billing.gateway.subscriptions.invoices(None, ref)
        assert sum(each.paid for each in invoices) == 0


class TestCouponAppliedAgain:
    def test_by_two_at_once_is_given_once(self, billing: BillingService) -> None:
        offered(billing, duration="repeating", months=3)
        billing.subscribe()

        def give(_: int) -> Any:
            return billing.post("/subscription/discount", {"code": "HALF"})

        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(give, range(4)))
        assert 200 in {each.status_code for each in answers}
        billing.deliver()
        [shown] = billing.gateway.subscriptions.fetch(billing.charging()[0]).discounts
        assert billing.count("DiscountApplied") == 1
        assert running(billing)["redemptions"] == 1
        assert shown.ends_at is not None

    def test_does_not_begin_its_months_anew(self, billing: BillingService) -> None:
        offered(billing, duration="repeating", months=2)
        billing.subscribe()
        billing.post("/subscription/discount", {"code": "HALF"})
        ends_at = billing.shown()["discount"]["ends_at"]
        pass_time(billing)
        billing.sweep()
        assert billing.post("/subscription/discount", {"code": "HALF"}).status_code == 200
        assert billing.shown()["discount"]["ends_at"] == ends_at
        for _ in range(2):
            pass_time(billing)
        billing.sweep()
        assert billing.shown()["discount"] is None
        again = billing.post("/subscription/discount", {"code": "HALF"})
        assert code(again) == (409, "discount_already_used")

    def test_not_after_somebody_took_it_off_in_the_dashboard(self, billing: BillingService) -> None:
        offered(billing)
        billing.pay(begin(billing, discount="HALF").json())
        billing.deliver()
        billing.gateway.adjustments.end_discounts("by_hand", billing.charging()[0])
        billing.deliver()
        assert billing.shown()["amount_cents"] == 4900
        answer = billing.post("/subscription/discount", {"code": "HALF"})
        assert code(answer) == (409, "discount_already_used")


class TestWholePrice:
    """Coupons of 100 %."""

    def test_nothing_is_charged_while_it_lasts_and_all_afterwards(
        self, billing: BillingService
    ) -> None:
        offered(billing, "FREE", percent=100, duration="repeating", months=1)
        ref = billing.pay(begin(billing, discount="FREE").json())
        billing.deliver()
        assert (billing.shown()["status"], billing.shown()["amount_cents"]) == ("active", 0)
        pass_time(billing)
        billing.sweep()
        assert billing.shown()["amount_cents"] == 4900
        invoices = billing.gateway.subscriptions.invoices(None, ref)
        assert [each.paid for each in invoices] == [4900, 0]

    def test_nothing_is_given_back_of_what_nobody_paid(self, billing: BillingService) -> None:
        offered(billing, "FREE", percent=100)
        billing.pay(begin(billing, discount="FREE").json())
        billing.deliver()
        billing.pay(billing.checkout("team"))
        billing.deliver()
        billing.sweep()
        assert (billing.shown()["plan"], len(billing.charging())) == ("team", 1)
        assert billing.driver.effects("refund") == 0

    def test_an_amount_above_the_price_takes_no_more_than_that(
        self, billing: BillingService
    ) -> None:
        offered(billing, percent=None, amount_cents=9900, currency="USD")
        ref = billing.pay(begin(billing, discount="HALF").json())
        billing.deliver()
        assert billing.shown()["amount_cents"] == 0
        [invoice] = billing.gateway.subscriptions.invoices(None, ref)
        assert (invoice.total, invoice.discount) == (0, 4900)


class TestTrialRestarted:
    def test_by_cancelling_and_coming_back_by_another_interval(
        self, billing: BillingService
    ) -> None:
        sell(billing, "pro", trial_days=14)
        sell(billing, "pro-yearly", trial_days=14, family="pro")
        billing.subscribe()
        billing.post("/subscription/cancel")
        pass_time(billing)
        billing.sweep()
        assert billing.shown()["status"] == "cancelled"
        billing.subscribe("pro-yearly")
        assert (billing.shown()["status"], billing.count("TrialStarted")) == ("active", 1)

    def test_by_a_second_page(self, billing: BillingService) -> None:
        sell(billing, "pro", trial_days=14)
        billing.checkout()
        billing.pay(billing.checkout())
        billing.deliver()
        assert len(billing.charging()) == 1
        assert billing.count("TrialStarted") == 1

    def test_in_another_workspace_where_each_payer_has_one(self, billing_url: str) -> None:
        with (
            open_driver("sandbox-stripe") as driver,
            billing_service(
                billing_url, {driver.gateway.name: driver}, trials_once_per_payer=True
            ) as billing,
        ):
            sell(billing, "pro", trial_days=14)
            assert _has_trial(billing, "acme", "ann")
            assert _has_trial(billing, "acme", "ann")
            assert not _has_trial(billing, "bell", "Ann+2")
            assert _has_trial(billing, "bell", "bob")
            driver.advance(timedelta(days=2))
            billing.sweep()
            assert _has_trial(billing, "core", "ann")
            billing.billing.erase_workspace("core", CAUSE)
            assert _has_trial(billing, "dyne", "ann")

    def test_a_cancelled_trial_is_never_charged(self, billing: BillingService) -> None:
        sell(billing, "pro", trial_days=14)
        ref = billing.subscribe()
        billing.post("/subscription/cancel")
        seen = billing.shown()
        assert (seen["status"], seen["has_access"]) == ("grace", True)
        assert seen["cancel_at"] == seen["trial_ends_at"]
        pass_time(billing)
        billing.sweep()
        assert billing.shown()["status"] == "cancelled"
        invoices = billing.gateway.subscriptions.invoices(None, ref)
        assert sum(each.paid for each in invoices) == 0


def _has_trial(billing: BillingService, workspace: str, person: str) -> bool:
    """Of a checkout that is begun for the workspace."""
    headers = bearer(subject=person, **{workspace: "owner"})
    answer = begin(billing, workspace=workspace, headers=headers)
    account = billing.billing.accounts.find(workspace)
    assert account is not None
    return account.checkouts[answer.json()["checkout_id"]].trial is not None


class TestPauses:
    @pytest.mark.parametrize(
        ("path", "body"),
        [("quantity", {"quantity": 2}), ("swap", {"plan": "team"}), ("discount", {"code": "HALF"})],
    )
    def test_what_rests_is_resumed_before_it_is_changed(
        self, billing: BillingService, path: str, body: dict[str, Any]
    ) -> None:
        offered(billing)
        sell(billing, "pro", per_unit={"unit": "seat"})
        billing.subscribe()
        billing.post("/subscription/pause")
        answer = billing.post(f"/subscription/{path}", body)
        assert code(answer) == (409, "not_subscribed")

    @razorpay
    def test_a_trial_is_not_paused_which_would_end_it(self, billing: BillingService) -> None:
        sell(billing, "pro", trial_days=14)
        billing.subscribe()
        for query in ("?dry_run=true", ""):
            answer = billing.post(f"/subscription/pause{query}")
            assert code(answer) == (409, "not_subscribed")
        assert billing.shown()["status"] == "trialing"

    @paypal
    def test_what_paypal_suspended_for_a_debt_is_not_unpaused(
        self, billing: BillingService
    ) -> None:
        ref = billing.subscribe()
        billing.driver.fail_payment(ref)
        billing.driver.suspend(ref)
        billing.deliver()
        assert code(billing.post("/subscription/unpause")) == (409, "not_paused")


class TestMandates:
    """UPI at Razorpay, over its own protocol."""

    def test_what_the_payer_paused_in_their_app_is_theirs_to_resume(self, billing_url: str) -> None:
        with (
            razorpay_driver() as driver,
            billing_service(billing_url, {"razorpay": driver}) as billing,
        ):
            ref = billing.subscribe()
            driver.double.subscriptions[ref]["pause_initiated_by"] = "customer"
            driver.double.change(ref, "paused")
            billing.deliver()
            assert (billing.shown()["status"], billing.shown()["has_access"]) == ("paused", False)
            answer = billing.post("/subscription/unpause")
            assert code(answer) == (409, "capability_not_supported")
            assert billing.shown()["status"] == "paused"
            driver.double.change(ref, "active")
            billing.deliver()
            assert billing.shown()["has_access"] is True


class TestAtStripe:
    """Over Stripe's own protocol: what people do in its portal and dashboard."""

    def test_a_quantity_of_the_portal_survives_a_swap(self, billing_url: str) -> None:
        with (
            open_dashboard_driver("stripe") as driver,
            billing_service(billing_url, {"stripe": driver}) as billing,
        ):
            ref = billing.subscribe()
            driver.by_hand.set_quantity(ref, 7)
            billing.post("/subscription/swap", {"plan": "team"})
            billing.deliver(backwards=True)
            seen = billing.shown()
            assert (seen["quantity"], seen["amount_cents"]) == (7, 69_300)

    def test_a_discount_does_not_fall_to_what_was_planned_there(self, billing_url: str) -> None:
        with (
            open_dashboard_driver("stripe") as driver,
            billing_service(billing_url, {"stripe": driver}) as billing,
        ):
            offered(billing)
            ref = billing.subscribe()
            price = billing.billing.plans.price_ref("team", "stripe", CAUSE)
            driver.by_hand.plan_price(ref, price)
            answer = billing.post("/subscription/discount", {"code": "HALF"})
            assert answer.status_code == 409
            assert running(billing)["redemptions"] == 0
