"""What a business has at every gateway before it comes here."""

from __future__ import annotations

import pytest

from gateways.port import CapabilityNotSupported, ReferenceNotFound
from tests.support.gateway_driver import GatewayDriver
from tests.support.gateway_steps import PRO, subscribed, synced


class TestPrice:
    def test_what_it_costs_how_often_and_its_name(self, driver: GatewayDriver) -> None:
        price = driver.gateway.holdings.price(synced(driver).price)
        assert (price.amount, price.interval, price.interval_count) == (PRO.price, "month", 1)
        assert price.name == PRO.name
        assert price.plan in ("", PRO.slug)

    def test_one_that_is_not_there(self, driver: GatewayDriver) -> None:
        with pytest.raises(ReferenceNotFound):
            driver.gateway.holdings.price("price_nowhere")


class TestCustomers:
    def test_each_is_listed_once(self, driver: GatewayDriver) -> None:
        paid = subscribed(driver)
        found = [each.ref for each in driver.gateway.holdings.customers()]
        assert len(found) == len(set(found))
        assert not found or paid.customer in found


class TestMarks:
    def test_a_mark_shows_or_there_is_no_place_for_it(self, driver: GatewayDriver) -> None:
        paid, holdings = subscribed(driver), driver.gateway.holdings
        try:
            holdings.mark_price(paid.price_ref, PRO.slug)
            for _ in range(2):
                holdings.mark_subscription(paid.ref, "globex")
        except CapabilityNotSupported:
            return
        after = driver.gateway.subscriptions.fetch(paid.ref)
        assert (after.workspace_id, after.command_id) == ("globex", paid.command_id)
