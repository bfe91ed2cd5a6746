"""Quantity, discounts, trials and pauses at every gateway: done, or refused with a reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from gateways.port import (
    Ability,
    CapabilityNotSupported,
    Coupon,
    Swapped,
)
from kernel.money import Money
from tests.support.gateway_driver import GatewayDriver
from tests.support.gateway_steps import (
    PRO,
    checkout_request,
    subscribed,
    subscription_of,
    synced,
)

HALF = Coupon(key="HALF-1", name="Half", percent=Decimal(50))
ONCE = Coupon(key="ONCE-1", name="Once", amount=Money(1000, "USD"), months=0)
FREE = Coupon(key="FREE-1", name="Free", percent=Decimal(100), months=3)
OFF = {HALF: PRO.price.amount // 2, ONCE: 1000, FREE: PRO.price.amount}


def can(driver: GatewayDriver, ability: Ability) -> bool:
    """What a gateway can't do has a reason that its customers may read."""
    offered = driver.gateway.capabilities.offer(ability)
    assert offered.support in ("native", "emulated") or offered.reason
    assert (offered.support == "per_subscription") == bool(offered.methods)
    return offered.possible


def allowed(driver: GatewayDriver, ability: Ability, ref: str) -> bool:
    """To this very subscription."""
    paid_with = driver.gateway.subscriptions.fetch(ref).paid_with
    return can(driver, ability) and driver.gateway.capabilities.offer(ability).allows(paid_with)


def takes(driver: GatewayDriver, coupon: Coupon) -> bool:
    return can(driver, "discount_at_checkout") and not driver.gateway.capabilities.coupons.refusal(
        coupon
    )


def bought(driver: GatewayDriver, **options: object) -> str:
    request = replace(checkout_request(synced(driver).price), **options)  # type: ignore[arg-type]
    page = driver.gateway.checkouts.start(request)
    driver.approve(page)
    return subscription_of(driver, page).ref


class TestQuantity:
    def test_is_what_was_bought(self, driver: GatewayDriver) -> None:
        if not can(driver, "quantity_at_checkout"):
            return
        seen = driver.gateway.subscriptions.fetch(bought(driver, quantity=3))
        assert (seen.quantity, seen.price) == (3, Money(3 * PRO.price.amount, "USD"))

    def test_changes_at_once_or_is_refused(self, driver: GatewayDriver) -> None:
        ref, port = subscribed(driver).ref, driver.gateway.adjustments
        if not allowed(driver, "quantity_change", ref):
            with pytest.raises(CapabilityNotSupported):
                port.set_quantity("qty_1", ref, 5)
            assert port.preview_quantity(ref, 5) is None
            assert driver.gateway.subscriptions.fetch(ref).quantity == 1
            return
        preview = port.preview_quantity(ref, 5)
        assert preview is not None
        assert 0 < preview.amount <= 4 * PRO.price.amount
        assert driver.gateway.subscriptions.fetch(ref).quantity == 1
        for _ in range(2):
            assert isinstance(port.set_quantity("qty_1", ref, 5), Swapped)
        assert driver.gateway.subscriptions.fetch(ref).quantity == 5
        port.set_quantity("qty_2", ref, 2)
        port.set_quantity("qty_1", ref, 5)
        assert driver.gateway.subscriptions.fetch(ref).quantity == 2


class TestDiscounts:
    @pytest.mark.parametrize("coupon", [HALF, ONCE, FREE], ids=["half", "once", "free"])
    def test_are_taken_off_what_is_bought(self, driver: GatewayDriver, coupon: Coupon) -> None:
        if not takes(driver, coupon):
            return
        ref = bought(driver, coupon=coupon)
        [first] = driver.gateway.subscriptions.invoices(None, ref)
        assert first.total == PRO.price.amount - OFF[coupon]
        assert first.discount in (OFF[coupon], 0)
        seen = driver.gateway.subscriptions.fetch(ref)
        assert seen.price == PRO.price
        assert len(seen.discounts) == 1 or coupon is ONCE

    def test_one_invoice_or_so_many_months_are_not_for_ever(self, driver: GatewayDriver) -> None:
        if not (takes(driver, ONCE) and takes(driver, FREE)):
            return
        for coupon, invoices in ((ONCE, 1), (FREE, 3)):
            ref = bought(driver, coupon=coupon, command_id=f"chk_{coupon.key}")
            for _ in range(invoices):
                driver.renew(ref)
            totals = [each.total for each in driver.gateway.subscriptions.invoices(None, ref)]
            discounted = [PRO.price.amount - OFF[coupon]] * invoices
            assert totals == [PRO.price.amount, *discounted]

    def test_come_and_go_on_a_running_subscription_or_are_refused(
        self, driver: GatewayDriver
    ) -> None:
        ref, port = subscribed(driver).ref, driver.gateway.adjustments
        refused = driver.gateway.capabilities.coupons.refusal(HALF)
        if refused or not allowed(driver, "discount_change", ref):
            with pytest.raises(CapabilityNotSupported):
                port.give_discount("dis_1", ref, HALF)
        if not allowed(driver, "discount_change", ref):
            with pytest.raises(CapabilityNotSupported):
                port.end_discounts("dis_1", ref)
        if refused or not allowed(driver, "discount_change", ref):
            return
        port.give_discount("dis_1", ref, HALF)
        port.give_discount("dis_1", ref, HALF)
        [given] = driver.gateway.subscriptions.fetch(ref).discounts
        assert (given.name, given.percent, given.ends_at) == ("Half", Decimal(50), None)
        driver.renew(ref)
        assert driver.gateway.subscriptions.invoices(None, ref)[0].discount == OFF[HALF]
        port.give_discount("dis_2", ref, FREE)
        [given] = driver.gateway.subscriptions.fetch(ref).discounts
        assert (given.percent, given.ends_at is None) == (Decimal(100), False)
        port.end_discounts("dis_3", ref)
        assert driver.gateway.subscriptions.fetch(ref).discounts == ()


class TestTrials:
    def test_are_free_until_they_end(self, driver: GatewayDriver) -> None:
        if not can(driver, "trial_at_checkout"):
            return
        before = driver.now()
        seen = driver.gateway.subscriptions.fetch(bought(driver, trial_days=14))
        assert seen.status == "trialing"
        assert seen.trial_end is not None
        assert abs(seen.trial_end - before - timedelta(days=14)) < timedelta(minutes=1)
        paid = [each.paid for each in driver.gateway.subscriptions.invoices(None, seen.ref)]
        assert sum(paid) == 0

    def test_are_longer_or_over_or_neither(self, driver: GatewayDriver) -> None:
        port = driver.gateway.adjustments
        if not can(driver, "trial_change"):
            with pytest.raises(CapabilityNotSupported):
                port.end_trial("trial_1", subscribed(driver).ref, None)
            return
        ref = bought(driver, trial_days=14)
        later = (driver.now() + timedelta(days=30)).replace(microsecond=0)
        assert isinstance(port.end_trial("trial_1", ref, later), Swapped)
        seen = driver.gateway.subscriptions.fetch(ref)
        assert (seen.status, seen.trial_end, seen.period_end) == ("trialing", later, later)
        for _ in range(2):
            assert isinstance(port.end_trial("trial_2", ref, None), Swapped)
        seen = driver.gateway.subscriptions.fetch(ref)
        assert seen.status == "active"
        paid = [each.paid for each in driver.gateway.subscriptions.invoices(None, ref)]
        assert sum(paid) == PRO.price.amount


class TestPauses:
    def test_rest_until_they_are_ended(self, driver: GatewayDriver) -> None:
        assert can(driver, "pause")
        ref, port = subscribed(driver).ref, driver.gateway.adjustments
        for _ in range(2):
            port.pause("pause_1", ref, None)
        seen = driver.gateway.subscriptions.fetch(ref)
        assert seen.status == "paused"
        assert seen.paused is not None
        assert (seen.paused.kind, seen.paused.resumes_at) == ("subscription", None)
        for _ in range(2):
            port.unpause("unpause_1", ref)
        seen = driver.gateway.subscriptions.fetch(ref)
        assert (seen.status, seen.paused) == ("active", None)

    def test_tell_when_they_end_or_refuse_to(self, driver: GatewayDriver) -> None:
        ref, port = subscribed(driver).ref, driver.gateway.adjustments
        end = (driver.now() + timedelta(days=20)).replace(microsecond=0)
        if not can(driver, "pause_until"):
            with pytest.raises(CapabilityNotSupported):
                port.pause("pause_1", ref, end)
            return
        port.pause("pause_1", ref, end)
        paused = driver.gateway.subscriptions.fetch(ref).paused
        assert paused is not None
        assert paused.resumes_at == end
