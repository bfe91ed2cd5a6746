"""Checkouts at every gateway, and what none of them knows.

The suite of the port goes on in the other `test_gateway_port_*` files.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from gateways.port import (
    GatewayRejected,
    PlanSpec,
    ReferenceNotFound,
)
from kernel.money import Money
from tests.support.gateway_driver import GatewayDriver
from tests.support.gateway_drivers import REFUSED_CURRENCIES
from tests.support.gateway_steps import (
    PRO,
    checkout_request,
    started,
    subscribed,
    subscription_of,
    synced,
)


class TestCheckout:
    def test_it_opens_a_page_that_waits_for_the_customer(self, driver: GatewayDriver) -> None:
        checkout = started(driver)
        assert checkout.url.startswith("http")
        assert driver.gateway.checkouts.fetch(checkout.ref).status == "open"
        assert checkout.expires_at is None or checkout.expires_at > driver.now()

    def test_the_same_command_opens_one_page(self, driver: GatewayDriver) -> None:
        first = started(driver)
        second = started(driver)
        assert (second.ref, second.url) == (first.ref, first.url)
        assert driver.effects("checkout") == 1

    def test_another_command_opens_another_page(self, driver: GatewayDriver) -> None:
        assert started(driver).ref != started(driver, command="chk_2").ref

    def test_paying_it_makes_a_subscription_that_remembers_what_we_sent(
        self, driver: GatewayDriver
    ) -> None:
        price = synced(driver).price
        request = checkout_request(price, command="chk_9", replaces="sub_before")
        checkout = driver.gateway.checkouts.start(request)
        driver.approve(checkout)
        assert driver.gateway.checkouts.fetch(checkout.ref).status == "complete"
        made = subscription_of(driver, checkout)
        assert (made.workspace_id, made.command_id, made.replaces) == (
            "acme",
            "chk_9",
            "sub_before",
        )
        assert made.gateway == driver.gateway.name

    def test_paying_it_makes_an_active_subscription_at_the_price(
        self, driver: GatewayDriver
    ) -> None:
        made = subscribed(driver)
        assert made.status == "active"
        assert made.raw_status
        assert (made.price, made.interval) == (PRO.price, "month")
        assert made.price_ref == synced(driver).price
        assert made.cancel_at is None
        assert made.ended_at is None

    @pytest.mark.parametrize(("interval", "days"), [("month", 31), ("year", 366)])
    def test_the_paid_period_is_one_interval_long(
        self, driver: GatewayDriver, interval: str, days: int
    ) -> None:
        plan = PlanSpec("pro", "Pro", PRO.price, "year" if interval == "year" else "month")
        made = subscribed(driver, plan)
        assert made.interval == interval
        assert made.period_end is not None
        length = made.period_end - driver.now()
        assert timedelta(days=days - 4) < length <= timedelta(days=days)

    def test_the_snapshot_tells_a_method_on_file_where_it_can_be_charged(
        self, driver: GatewayDriver
    ) -> None:
        made = subscribed(driver)
        if driver.gateway.capabilities.saved_method_charge:
            assert made.customer
            assert made.payment_method is not None
            assert made.payment_method.ref

    def test_a_declined_card_leaves_nobody_subscribed(self, driver: GatewayDriver) -> None:
        checkout = started(driver)
        driver.decline(checkout)
        seen = driver.gateway.checkouts.fetch(checkout.ref)
        assert seen.status != "complete"
        if seen.subscription is not None:
            status = driver.gateway.subscriptions.fetch(seen.subscription).status
            assert status in {"pending", "expired", "cancelled"}

    def test_abandoning_closes_an_open_page_where_that_exists(self, driver: GatewayDriver) -> None:
        checkout = started(driver)
        driver.gateway.checkouts.abandon(checkout.ref)
        driver.gateway.checkouts.abandon(checkout.ref)
        assert driver.gateway.checkouts.fetch(checkout.ref).status in {"expired", "open"}

    def test_abandoning_a_paid_page_takes_nothing_away(self, driver: GatewayDriver) -> None:
        checkout = started(driver)
        driver.approve(checkout)
        driver.gateway.checkouts.abandon(checkout.ref)
        assert driver.gateway.checkouts.fetch(checkout.ref).status == "complete"
        assert subscription_of(driver, checkout).status == "active"

    @pytest.mark.parametrize(
        ("currency", "amount"), [("USD", 4999), ("JPY", 500), ("KWD", 1500), ("HUF", 199_900)]
    )
    def test_the_price_comes_back_in_the_same_minor_units(
        self, driver: GatewayDriver, driver_id: str, currency: str, amount: int
    ) -> None:
        plan = PlanSpec("local", "Local", Money(amount, currency), "month")
        if currency in REFUSED_CURRENCIES.get(driver_id, frozenset()):
            with pytest.raises(GatewayRejected):
                synced(driver, plan)
        else:
            assert subscribed(driver, plan).price == plan.price


class TestUnknownReferences:
    @pytest.mark.parametrize("kind", ["subscription", "checkout", "charge", "cancelled"])
    def test_are_not_found(self, driver: GatewayDriver, kind: str) -> None:
        gateway = driver.gateway
        calls: dict[str, Callable[[], object]] = {
            "subscription": lambda: gateway.subscriptions.fetch("sub_unknown"),
            "checkout": lambda: gateway.checkouts.fetch("cs_unknown"),
            "charge": lambda: gateway.payments.fetch("pi_unknown"),
            "cancelled": lambda: gateway.subscriptions.cancel(
                "cancel_1", "sub_unknown", at_period_end=False
            ),
        }
        with pytest.raises(ReferenceNotFound):
            calls[kind]()
