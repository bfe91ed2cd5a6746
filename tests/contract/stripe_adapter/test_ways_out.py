"""What Stripe answers when an object is gone, archived or can't be searched for, and the way on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateways.port import CheckoutRequest
from tests.support.gateway_steps import (
    PRO,
    TEAM,
    checkout_request,
    payment_request,
    subscribed,
    synced,
)
from tests.support.stripe_driver import StripeDriver


def second_request(driver: StripeDriver, customer: str | None) -> CheckoutRequest:
    request = checkout_request(synced(driver).price, command="chk_2")
    return replace(request, customer=customer)


class TestCustomers:
    def test_a_deleted_one_gives_way_to_another(self, opened: StripeDriver) -> None:
        made = subscribed(opened)
        opened.by_hand.delete_customer(made.ref)
        checkout = opened.gateway.checkouts.start(second_request(opened, made.customer))
        assert opened.store.get(checkout.ref)["customer"] not in (made.customer, None)

    def test_also_where_it_is_only_remembered_by_its_key(self, opened: StripeDriver) -> None:
        made = subscribed(opened)
        opened.by_hand.delete_customer(made.ref)
        checkout = opened.gateway.checkouts.start(second_request(opened, None))
        assert opened.store.get(checkout.ref)["customer"] != made.customer

    def test_one_of_another_mode_gives_way_to_our_own(self, opened: StripeDriver) -> None:
        made = subscribed(opened)
        checkout = opened.gateway.checkouts.start(second_request(opened, "cus_of_test_mode"))
        assert opened.store.get(checkout.ref)["customer"] == made.customer

    def test_a_payment_finds_a_living_one_too(self, opened: StripeDriver) -> None:
        made = subscribed(opened)
        opened.by_hand.delete_customer(made.ref)
        request = replace(payment_request(), customer=made.customer)
        checkout = opened.gateway.checkouts.start_payment(request)
        assert opened.store.get(checkout.ref)["customer"] != made.customer


class TestWithoutSearch:
    @pytest.fixture(autouse=True)
    def no_search(self, opened: StripeDriver) -> None:
        opened.store.has_search = False

    def test_a_first_checkout_makes_the_customer(self, opened: StripeDriver) -> None:
        assert subscribed(opened).status == "active"

    def test_a_later_one_finds_it_by_its_address(self, opened: StripeDriver) -> None:
        made = subscribed(opened)
        opened.store.reach(opened.store.timestamp() + 3 * 86_400)
        checkout = opened.gateway.checkouts.start(second_request(opened, None))
        assert opened.store.get(checkout.ref)["customer"] == made.customer

    def test_a_lost_charge_is_found_among_the_recent(self, opened: StripeDriver) -> None:
        opened.gateway.checkouts.start_payment(payment_request())
        assert opened.gateway.payments.find("purchase_9") is None


class TestArchivedPrices:
    def test_a_checkout_offers_it_again(self, opened: StripeDriver) -> None:
        price = synced(opened).price
        opened.store.get(price)["active"] = False
        opened.gateway.checkouts.start(checkout_request(price))
        assert opened.store.get(price)["active"]

    def test_so_does_a_swap(self, opened: StripeDriver) -> None:
        ref, team = subscribed(opened).ref, synced(opened, TEAM)
        opened.store.get(team.price)["active"] = False
        opened.gateway.subscriptions.swap("swap_1", ref, team.price, "prorate")
        assert opened.gateway.subscriptions.fetch(ref).price_ref == team.price

    def test_staying_on_one_that_is_not_sold_any_more_is_no_change(
        self, opened: StripeDriver
    ) -> None:
        made, team = subscribed(opened), synced(opened, TEAM)
        opened.gateway.subscriptions.swap("swap_1", made.ref, team.price, "next_cycle")
        opened.store.get(made.price_ref)["active"] = False
        opened.gateway.subscriptions.swap("swap_2", made.ref, made.price_ref, "prorate")
        after = opened.gateway.subscriptions.fetch(made.ref)
        assert (after.planned, after.price) == (None, PRO.price)
        assert not opened.store.get(made.price_ref)["active"]


class TestSeveralCurrencies:
    def test_the_subscriptions_own_is_shown(self, opened: StripeDriver) -> None:
        made = subscribed(opened)
        subscription = opened.store.get(made.ref)
        price = opened.store.get(made.price_ref)
        price["currency_options"] = {
            "eur": {"unit_amount": 4_500, "unit_amount_decimal": "4500", "tax_behavior": None}
        }
        subscription["currency"] = "eur"
        shown = opened.gateway.subscriptions.fetch(made.ref)
        assert shown.price is not None
        assert (shown.price.amount, shown.price.currency) == (4_500, "EUR")


class TestCarriedOver:
    def test_a_planned_swap_writes_all_that_the_present_phase_has(
        self, opened: StripeDriver
    ) -> None:
        made, team = subscribed(opened), synced(opened, TEAM)
        subscription = opened.store.get(made.ref)
        subscription.update(collection_method="send_invoice", description="By contract")
        method = subscription["default_payment_method"]
        opened.gateway.subscriptions.swap("swap_1", made.ref, team.price, "next_cycle")
        for phase in opened.store.get(subscription["schedule"])["phases"]:
            kept = (phase["default_payment_method"], phase["description"])
            assert (*kept, phase["collection_method"]) == (method, "By contract", "send_invoice")

    def test_a_fixed_term_keeps_its_end(self, opened: StripeDriver) -> None:
        made, team = subscribed(opened), synced(opened, TEAM)
        ends = opened.store.timestamp() + 300 * 86_400
        opened.store.get(made.ref)["cancel_at"] = ends
        assert opened.gateway.subscriptions.fetch(made.ref).status == "active"
        opened.gateway.subscriptions.swap("swap_1", made.ref, team.price, "next_cycle")
        schedule = opened.store.get(opened.store.get(made.ref)["schedule"])
        assert (schedule["end_behavior"], schedule["phases"][-1]["end_date"]) == ("cancel", ends)

    def test_the_day_of_the_month_stays_where_the_interval_does(self, opened: StripeDriver) -> None:
        made, team = subscribed(opened), synced(opened, TEAM)
        opened.gateway.subscriptions.swap("swap_1", made.ref, team.price, "next_cycle")
        schedule = opened.store.get(opened.store.get(made.ref)["schedule"])
        assert [phase["billing_cycle_anchor"] for phase in schedule["phases"]] == [None, None]
