"""Plans and hosted pages."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateways.port import (
    CheckoutRequest,
    PlanRef,
    PlanSpec,
)
from kernel.money import Money
from tests.support.gateway_steps import (
    PRO,
    checkout_request,
    payment_request,
    synced,
)
from tests.support.stripe_driver import StripeDriver

DAYS = timedelta(days=3)  # Stripe has forgotten every idempotency key by then


class TestPlans:
    def test_returning_to_an_old_price_takes_it_up_again(self, opened: StripeDriver) -> None:
        gateway = opened.gateway
        first = gateway.catalogue.ensure_plan("sync_1", PRO, None)
        dearer = PlanSpec(PRO.slug, PRO.name, Money(5_900, "USD"), "month")
        second = gateway.catalogue.ensure_plan("sync_2", dearer, first)
        third = gateway.catalogue.ensure_plan("sync_3", PRO, second)
        assert (third.price, third.archived_price) == (first.price, second.price)
        assert gateway.checkouts.start(checkout_request(third.price)).url

    def test_an_archived_plan_is_sold_again_after_a_sync(self, opened: StripeDriver) -> None:
        made = synced(opened)
        opened.gateway.catalogue.archive_plan("archive_1", made)
        assert opened.gateway.checkouts.start(checkout_request(synced(opened).price)).url

    def test_prices_that_nobody_remembers_are_retired(self, opened: StripeDriver) -> None:
        old = synced(opened)
        dearer = PlanSpec(PRO.slug, PRO.name, Money(5_900, "USD"), "month")
        assert (
            opened.gateway.catalogue.ensure_plan("sync_2", dearer, None).archived_price == old.price
        )
        active = opened.store.every("price", lambda price: bool(price["active"]))
        assert [price["unit_amount"] for price in active] == [5_900]

    def test_a_product_that_was_deleted_is_made_again(self, opened: StripeDriver) -> None:
        gone = PlanRef("prod_gone", "price_gone", PRO.price)
        made = opened.gateway.catalogue.ensure_plan("sync_1", PRO, gone)
        assert made.product in opened.store.objects
        assert made.archived_price == "price_gone"


class TestCheckout:
    @pytest.mark.parametrize(
        ("given_url", "sent"),
        [
            ("https://a.example/x", "https://a.example/x?session_id={CHECKOUT_SESSION_ID}"),
            ("https://a.example/x?p=1", "https://a.example/x?p=1&session_id={CHECKOUT_SESSION_ID}"),
            ("https://a.example/#/x", "https://a.example/?session_id={CHECKOUT_SESSION_ID}#/x"),
            ("https://a.example/{CHECKOUT_SESSION_ID}", "https://a.example/{CHECKOUT_SESSION_ID}"),
        ],
    )
    def test_the_success_url_holds_the_placeholder(
        self, opened: StripeDriver, given_url: str, sent: str
    ) -> None:
        request = CheckoutRequest(
            "chk_1", "acme", PRO, synced(opened).price, given_url, "https://a.example"
        )
        checkout = opened.gateway.checkouts.start(request)
        assert opened.store.get(checkout.ref)["success_url"] == sent

    def test_a_workspace_has_one_customer_for_ever(self, opened: StripeDriver) -> None:
        price = synced(opened).price
        for command in ("chk_1", "chk_2"):
            opened.gateway.checkouts.start(checkout_request(price, command=command))
        opened.advance(DAYS)
        opened.gateway.checkouts.start(checkout_request(price, command="chk_3"))
        opened.gateway.checkouts.start_payment(payment_request())
        assert len(opened.store.every("customer")) == 1

    def test_a_strange_workspace_id_is_quoted(self, opened: StripeDriver) -> None:
        price = synced(opened).price
        for command in ("chk_1", "chk_2"):
            request = checkout_request(price, workspace=r"o'n\eill", command=command)
            opened.gateway.checkouts.start(request)
            opened.advance(DAYS)
        assert len(opened.store.every("customer")) == 1

    def test_the_same_command_after_days_leads_where_the_page_led(
        self, opened: StripeDriver
    ) -> None:
        request = checkout_request(synced(opened).price)
        first = opened.gateway.checkouts.start(request)
        opened.approve(first)
        opened.advance(DAYS)
        again = opened.gateway.checkouts.start(request)
        assert (again.ref, again.url) == (first.ref, request.success_url)
        assert opened.effects("checkout") == 1
