"""What customers of billing systems complain of in public, tried here: discounts that are given
twice, begin anew or take more than the price."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.support.answers import code
from tests.support.billing_service import (
    BillingService,
)
from tests.support.billing_steps import pass_time
from tests.support.offers import begin, offered
from tests.support.offers import shown as running


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
