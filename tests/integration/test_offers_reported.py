"""What customers of billing systems complain of in public, tried here: seats, discounts and trials
that a change loses, gives twice or charges for."""

from __future__ import annotations

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
from tests.support.gateway_drivers import open_dashboard_driver
from tests.support.offers import begin, offered, sell
from tests.support.offers import shown as running
from tests.support.razorpay_driver import driver as razorpay_driver


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
