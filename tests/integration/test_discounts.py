"""Discounts over HTTP: at a checkout, on a running subscription, and as often as they may."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.support.answers import code
from tests.support.billing_service import ROOT, BillingService, billing_service
from tests.support.billing_steps import pass_time, paypal
from tests.support.offers import URL, begin, offered, shown
from tests.support.razorpay_driver import driver as razorpay_driver
from tests.support.tokens import bearer


class TestCatalogue:
    def test_shows_what_was_made_and_changed(self, billing: BillingService) -> None:
        made = offered(billing, "Launch", duration="repeating", months=3, plans=["pro"])
        assert (made["code"], made["name"], made["percent"]) == ("LAUNCH", "LAUNCH", 50.0)
        assert (made["duration"], made["months"], made["redemptions"]) == ("repeating", 3, 0)
        change = {"percent": None, "amount_cents": 500, "currency": "USD", "duration": "once"}
        answer = billing.client.patch(f"{URL}/launch", json=change, headers=ROOT)
        assert answer.json()["amount_cents"] == 500
        assert shown(billing, "LAUNCH") == answer.json()

    def test_refuses_what_is_none(self, billing: BillingService) -> None:
        offered(billing)
        for body, refused in (
            ({"code": "half", "percent": 5}, (409, "slug_taken")),
            ({"code": "A", "percent": 5, "plans": ["none"]}, (404, "plan_not_found")),
            ({"code": "A"}, (422, "validation_failed")),
            ({"code": "A", "percent": 5, "amount_cents": 5}, (422, "validation_failed")),
            ({"code": "A", "percent": 5, "duration": "repeating"}, (422, "validation_failed")),
            ({"code": "A", "percent": 5, "months": 3}, (422, "validation_failed")),
        ):
            assert code(billing.client.post(URL, json=body, headers=ROOT)) == refused
        assert code(billing.client.get(f"{URL}/NONE", headers=ROOT)) == (404, "discount_not_found")


class TestCheckout:
    @pytest.mark.parametrize(("percent", "cents"), [(50, 2450), (33.33, 3267), (100, 0)])
    def test_is_charged_less_from_the_first_invoice_on(
        self, billing: BillingService, percent: float, cents: int
    ) -> None:
        offered(billing, percent=percent)
        billing.pay(begin(billing, "half").json())
        billing.deliver(backwards=True)
        seen = billing.shown()
        assert (seen["amount_cents"], seen["unit_price_cents"]) == (cents, 4900)
        assert seen["discount"]["percent"] == percent
        assert billing.count("DiscountApplied") == 1
        [invoice] = billing.gateway.subscriptions.invoices(None, billing.charging()[0])
        assert (invoice.subtotal, invoice.total) == (4900, cents)
        assert shown(billing)["redemptions"] == 1

    def test_is_given_once_to_a_workspace_also_after_it_ended(
        self, billing: BillingService
    ) -> None:
        offered(billing, duration="once")
        ref = billing.pay(begin(billing, "HALF").json())
        billing.deliver()
        billing.gateway.subscriptions.cancel("by_hand", ref, at_period_end=False)
        billing.deliver()
        assert code(begin(billing, "HALF")) == (409, "discount_already_used")
        assert begin(billing, "HALF", "bell").status_code == 201

    def test_comes_back_from_a_page_that_nobody_paid(self, billing: BillingService) -> None:
        offered(billing, max_redemptions=1)
        begin(billing, "HALF")
        assert code(begin(billing, "HALF", "bell")) == (409, "discount_exhausted")
        assert begin(billing, "HALF").status_code == 201
        billing.driver.advance(timedelta(days=2))
        billing.sweep()
        assert shown(billing)["redemptions"] == 0
        assert begin(billing, "HALF", "bell").status_code == 201

    @paypal
    def test_is_a_lower_price_or_refused_where_there_are_no_coupons(
        self, billing: BillingService
    ) -> None:
        for name, terms in (("ONCE", {"duration": "once"}), ("FREE", {"percent": 100})):
            offered(billing, name, **terms)
            answer = begin(billing, name)
            assert code(answer) == (409, "capability_not_supported")
            assert answer.json()["error"]["details"]["reason"]
            assert shown(billing, name)["redemptions"] == 0
        offered(billing)
        billing.pay(begin(billing, "HALF").json())
        billing.deliver()
        assert billing.shown()["amount_cents"] == 2450

    def test_is_an_offer_of_the_dashboard_at_razorpay(self, billing_url: str) -> None:
        with (
            razorpay_driver() as driver,
            billing_service(billing_url, {"razorpay": driver}) as billing,
        ):
            offered(billing, "NONE_MADE")
            for name, offer in (("TENTH", 10), ("FREE", 100)):
                ref = driver.double.make_offer(offer)
                offered(billing, name, percent=offer, gateway_offers={"razorpay": ref})
            for name in ("NONE_MADE", "FREE"):
                answer = begin(billing, name)
                assert code(answer) == (409, "capability_not_supported")
                assert answer.json()["error"]["details"]["reason"]
            ref = billing.pay(begin(billing, "TENTH").json())
            billing.deliver(backwards=True)
            seen = billing.shown()
            assert (seen["amount_cents"], seen["discount"]["percent"]) == (4410, 10.0)
            [invoice] = billing.gateway.subscriptions.invoices(None, ref)
            assert invoice.paid == 4410
            told = billing.post("/subscription/swap?dry_run=true", {"plan": "team"}).json()
            billing.pay(billing.post("/subscription/swap", {"plan": "team"}).json())
            billing.deliver()
            assert billing.shown()["amount_cents"] == told["amount_cents"] == 8910

    def test_is_refused_where_it_does_not_hold(self, billing: BillingService) -> None:
        offered(billing, plans=["team"])
        assert code(begin(billing, "HALF")) == (409, "discount_not_applicable")
        assert code(begin(billing, "NONE")) == (404, "discount_not_found")
        assert billing.billing.accounts.find("acme") is None

    def test_as_many_as_there_are_when_all_ask_at_once(self, billing: BillingService) -> None:
        offered(billing, max_redemptions=3)
        with ThreadPoolExecutor(8) as pool:
            asked = list(pool.map(lambda n: begin(billing, "HALF", f"ws-{n}"), range(8)))
        told = sorted(answer.status_code for answer in asked)
        assert told == [201] * 3 + [409] * 5, [answer.text for answer in asked]
        assert shown(billing)["redemptions"] == 3


class TestRunning:
    def test_is_given_and_taken_away(self, billing: BillingService) -> None:
        offered(billing, max_redemptions=5)
        billing.subscribe()
        foreseen = billing.post("/subscription/discount?dry_run=true", {"code": "HALF"}).json()
        assert (foreseen["action"], foreseen["changed"]) == ("discount", True)
        assert shown(billing)["redemptions"] == 0
        answer = billing.post("/subscription/discount", {"code": "half"})
        assert answer.status_code == 200, answer.text
        assert answer.json()["subscription"]["amount_cents"] == 2450
        again = billing.post("/subscription/discount", {"code": "HALF"})
        assert (again.status_code, again.json()["changed"]) == (200, False)
        billing.deliver(times=2, backwards=True)
        assert billing.count("DiscountApplied") == 1
        billing.post("/subscription/swap", {"plan": "team"})
        assert billing.shown()["amount_cents"] == 4950
        ended = billing.client.delete(
            "/v1/billing/workspaces/acme/subscription/discount", headers=bearer(acme="owner")
        )
        assert ended.json()["subscription"]["amount_cents"] == 9900
        assert billing.count("DiscountRemoved") == 1
        again = billing.post("/subscription/discount", {"code": "HALF"})
        assert code(again) == (409, "discount_already_used")
        assert shown(billing)["redemptions"] == 1

    def test_keeps_the_terms_of_then(self, billing: BillingService) -> None:
        offered(billing)
        billing.subscribe()
        billing.post("/subscription/discount", {"code": "HALF"})
        change = {"percent": 10, "is_active": False}
        billing.client.patch(f"{URL}/HALF", json=change, headers=ROOT)
        pass_time(billing)
        billing.sweep()
        assert billing.shown()["amount_cents"] == 2450
        assert code(begin(billing, "HALF", "bell")) == (409, "discount_not_applicable")

    def test_needs_a_subscription(self, billing: BillingService) -> None:
        offered(billing)
        answer = billing.post("/subscription/discount", {"code": "HALF"})
        assert code(answer) == (409, "not_subscribed")
