"""Changes of a running subscription at every gateway."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateways.port import (
    CapabilityNotSupported,
    GatewayRejected,
    NeedsCheckout,
    ReferenceNotFound,
    Swapped,
    SwapTiming,
)
from kernel.money import Money
from tests.support.gateway_driver import GatewayDriver
from tests.support.gateway_steps import (
    PRO,
    TEAM,
    subscribed,
    synced,
)


class TestCancel:
    def test_at_period_end_follows_the_capability(self, driver: GatewayDriver) -> None:
        before = subscribed(driver)
        driver.gateway.subscriptions.cancel("cancel_1", before.ref, at_period_end=True)
        after = driver.gateway.subscriptions.fetch(before.ref)
        if driver.gateway.capabilities.cancels == "immediately":
            assert after.status == "cancelled"
            return
        assert after.status in {"active", "grace"}
        assert after.cancel_at in {None, before.period_end}
        driver.renew(before.ref)
        assert driver.gateway.subscriptions.fetch(before.ref).status == "cancelled"

    def test_immediately_ends_it(self, driver: GatewayDriver) -> None:
        ref = subscribed(driver).ref
        driver.gateway.subscriptions.cancel("cancel_1", ref, at_period_end=False)
        ended = driver.gateway.subscriptions.fetch(ref)
        assert ended.status == "cancelled"
        assert ended.raw_status

    @pytest.mark.parametrize("at_period_end", [True, False])
    def test_repeating_it_is_quiet(self, driver: GatewayDriver, at_period_end: bool) -> None:
        ref = subscribed(driver).ref
        driver.gateway.subscriptions.cancel("cancel_1", ref, at_period_end=at_period_end)
        once = driver.gateway.subscriptions.fetch(ref)
        driver.gateway.subscriptions.cancel("cancel_1", ref, at_period_end=at_period_end)
        twice = driver.gateway.subscriptions.fetch(ref)
        assert (twice.status, twice.cancel_at) == (once.status, once.cancel_at)

    def test_now_after_it_was_scheduled_ends_it(self, driver: GatewayDriver) -> None:
        ref = subscribed(driver).ref
        driver.gateway.subscriptions.cancel("cancel_1", ref, at_period_end=True)
        driver.gateway.subscriptions.cancel("cancel_2", ref, at_period_end=False)
        assert driver.gateway.subscriptions.fetch(ref).status == "cancelled"

    def test_another_command_on_an_ended_one_is_quiet(self, driver: GatewayDriver) -> None:
        ref = subscribed(driver).ref
        driver.gateway.subscriptions.cancel("cancel_1", ref, at_period_end=False)
        driver.gateway.subscriptions.cancel("cancel_2", ref, at_period_end=False)
        assert driver.gateway.subscriptions.fetch(ref).status == "cancelled"


class TestResume:
    def test_takes_a_scheduled_cancellation_back_where_that_exists(
        self, driver: GatewayDriver
    ) -> None:
        ref = subscribed(driver).ref
        driver.gateway.subscriptions.cancel("cancel_1", ref, at_period_end=True)
        if not driver.gateway.capabilities.resume:
            with pytest.raises(CapabilityNotSupported):
                driver.gateway.subscriptions.resume("resume_1", ref)
            return
        scheduled = driver.gateway.subscriptions.fetch(ref)
        assert scheduled.status == "grace"
        assert scheduled.cancel_at == scheduled.period_end
        driver.gateway.subscriptions.resume("resume_1", ref)
        driver.gateway.subscriptions.resume("resume_1", ref)
        resumed = driver.gateway.subscriptions.fetch(ref)
        assert (resumed.status, resumed.cancel_at) == ("active", None)
        driver.renew(ref)
        assert driver.gateway.subscriptions.fetch(ref).status == "active"

    def test_an_ended_subscription_stays_ended(self, driver: GatewayDriver) -> None:
        ref = subscribed(driver).ref
        driver.gateway.subscriptions.cancel("cancel_1", ref, at_period_end=False)
        with pytest.raises((GatewayRejected, CapabilityNotSupported, ReferenceNotFound)):
            driver.gateway.subscriptions.resume("resume_1", ref)
        assert driver.gateway.subscriptions.fetch(ref).status == "cancelled"


class TestSwap:
    def test_prorated_is_in_force_at_once_or_needs_a_checkout(self, driver: GatewayDriver) -> None:
        ref = subscribed(driver).ref
        team = synced(driver, TEAM)
        outcome = driver.gateway.subscriptions.swap("swap_1", ref, team.price, "prorate")
        after = driver.gateway.subscriptions.fetch(ref)
        if not driver.gateway.capabilities.swap_in_place:
            assert outcome == NeedsCheckout()
            assert after.price == PRO.price
            return
        assert isinstance(outcome, Swapped)
        assert outcome.effective_at <= driver.now() + timedelta(minutes=1)
        assert (after.status, after.price, after.price_ref) == ("active", TEAM.price, team.price)

    @pytest.mark.parametrize("timing", ["prorate", "next_cycle"])
    def test_takes_another_quantity_along(self, driver: GatewayDriver, timing: SwapTiming) -> None:
        before, team = subscribed(driver), synced(driver, TEAM)
        port = driver.gateway.subscriptions
        if not driver.gateway.capabilities.swap_in_place:
            assert port.swap("swap_1", before.ref, team.price, timing, 3) == NeedsCheckout()
            return
        port.swap("swap_1", before.ref, team.price, timing, 3)
        if timing == "next_cycle":
            assert port.fetch(before.ref).quantity == 1
            driver.renew(before.ref)
        after = port.fetch(before.ref)
        assert (after.quantity, after.price) == (3, Money(3 * TEAM.price.amount, "USD"))

    def test_at_the_next_cycle_holds_the_old_price_until_then(self, driver: GatewayDriver) -> None:
        before = subscribed(driver)
        team = synced(driver, TEAM)
        outcome = driver.gateway.subscriptions.swap("swap_1", before.ref, team.price, "next_cycle")
        if not driver.gateway.capabilities.swap_in_place:
            assert outcome == NeedsCheckout()
            return
        assert isinstance(outcome, Swapped)
        assert outcome.effective_at == before.period_end
        assert driver.gateway.subscriptions.fetch(before.ref).price == PRO.price
        driver.renew(before.ref)
        after = driver.gateway.subscriptions.fetch(before.ref)
        assert (after.price, after.price_ref) == (TEAM.price, team.price)

    def test_repeating_a_swap_changes_nothing_more(self, driver: GatewayDriver) -> None:
        ref = subscribed(driver).ref
        team = synced(driver, TEAM)
        first = driver.gateway.subscriptions.swap("swap_1", ref, team.price, "prorate")
        once = driver.gateway.subscriptions.fetch(ref)
        second = driver.gateway.subscriptions.swap("swap_1", ref, team.price, "prorate")
        twice = driver.gateway.subscriptions.fetch(ref)
        assert type(second) is type(first)
        assert (twice.price_ref, twice.period_end) == (once.price_ref, once.period_end)

    def test_a_preview_tells_the_proration_and_changes_nothing(self, driver: GatewayDriver) -> None:
        ref = subscribed(driver).ref
        team = synced(driver, TEAM)
        preview = driver.gateway.subscriptions.preview_swap(ref, team.price, "prorate")
        if driver.gateway.capabilities.proration_preview:
            assert preview is not None
            assert preview.currency == "USD"
            assert 0 < preview.amount <= TEAM.price.amount * 2
            later = driver.gateway.subscriptions.preview_swap(ref, team.price, "next_cycle")
            assert later is None or later.amount < preview.amount
        else:
            assert preview is None
        assert driver.gateway.subscriptions.fetch(ref).price == PRO.price
