"""Products and prices at every gateway."""

from __future__ import annotations

import pytest

from gateways.port import (
    GatewayRejected,
    PlanSpec,
    ReferenceNotFound,
)
from kernel.money import Money
from tests.support.gateway_driver import GatewayDriver
from tests.support.gateway_steps import (
    PRO,
    TEAM,
    checkout_request,
    subscribed,
    synced,
)


def repriced(plan: PlanSpec, amount: int) -> PlanSpec:
    return PlanSpec(plan.slug, plan.name, Money(amount, plan.price.currency), plan.interval)


class TestEnsurePlan:
    def test_the_product_and_its_price_exist_with_the_amount_asked_for(
        self, driver: GatewayDriver
    ) -> None:
        made = synced(driver)
        assert made.product
        assert made.price
        assert made.amount == PRO.price
        assert made.archived_price is None

    def test_syncing_again_changes_nothing(self, driver: GatewayDriver) -> None:
        made = synced(driver)
        again = driver.gateway.catalogue.ensure_plan("sync-again", PRO, made)
        assert (again.product, again.price, again.archived_price) == (
            made.product,
            made.price,
            None,
        )
        assert driver.effects("price") == 1

    @pytest.mark.parametrize("command_id", ["sync-pro-monthly-4900", "sync-by-someone-else"])
    def test_a_lost_answer_is_found_again_without_the_current_reference(
        self, driver: GatewayDriver, command_id: str
    ) -> None:
        made = synced(driver)
        found = driver.gateway.catalogue.ensure_plan(command_id, PRO, None)
        assert (found.product, found.price) == (made.product, made.price)
        assert driver.effects("price") == 1

    def test_a_new_name_keeps_the_price(self, driver: GatewayDriver) -> None:
        made = synced(driver)
        renamed = PlanSpec(PRO.slug, "Professional", PRO.price, PRO.interval)
        assert driver.gateway.catalogue.ensure_plan("rename", renamed, made).price == made.price

    def test_a_new_amount_retires_the_price_and_makes_another(self, driver: GatewayDriver) -> None:
        made = synced(driver)
        changed = driver.gateway.catalogue.ensure_plan("reprice", repriced(PRO, 5900), made)
        assert changed.price != made.price
        assert changed.amount == Money(5900, "USD")
        if driver.gateway.capabilities.archive_price:
            assert changed.archived_price == made.price
        assert driver.effects("price") == 2

    def test_a_price_change_that_is_repeated_happens_once(self, driver: GatewayDriver) -> None:
        made = synced(driver)
        first = driver.gateway.catalogue.ensure_plan("reprice", repriced(PRO, 5900), made)
        second = driver.gateway.catalogue.ensure_plan("reprice", repriced(PRO, 5900), made)
        assert second.price == first.price
        assert driver.effects("price") == 2

    def test_a_subscriber_keeps_the_price_bought(self, driver: GatewayDriver) -> None:
        bought = subscribed(driver)
        made = synced(driver)
        driver.gateway.catalogue.ensure_plan("reprice", repriced(PRO, 5900), made)
        driver.renew(bought.ref)
        kept = driver.gateway.subscriptions.fetch(bought.ref)
        assert kept.price == PRO.price
        assert kept.price_ref == bought.price_ref

    def test_an_archived_price_is_not_sold(self, driver: GatewayDriver) -> None:
        made = synced(driver)
        driver.gateway.catalogue.archive_plan("archive", made)
        driver.gateway.catalogue.archive_plan("archive", made)
        request = checkout_request(made.price)
        if driver.gateway.capabilities.archive_price:
            with pytest.raises((GatewayRejected, ReferenceNotFound)):
                driver.gateway.checkouts.start(request)
        else:
            assert driver.gateway.checkouts.start(request).url

    def test_two_plans_have_prices_of_their_own(self, driver: GatewayDriver) -> None:
        assert synced(driver, PRO).price != synced(driver, TEAM).price
