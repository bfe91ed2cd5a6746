"""Every gateway when the network fails: one error, and no effect twice."""

from __future__ import annotations

from typing import get_args

import pytest

from gateways.port import (
    GatewayUnavailable,
)
from tests.support.gateway_driver import Fault, GatewayDriver
from tests.support.gateway_steps import (
    PRO,
    checkout_request,
    subscribed,
    subscription_of,
    synced,
    until_answered,
)

FAULTS: tuple[Fault, ...] = get_args(Fault)


class TestFaults:
    @pytest.mark.parametrize("fault", FAULTS)
    def test_a_lasting_fault_is_one_error(self, driver: GatewayDriver, fault: Fault) -> None:
        ref = subscribed(driver).ref
        driver.break_next(fault, calls=20)
        with pytest.raises(GatewayUnavailable):
            driver.gateway.subscriptions.fetch(ref)

    @pytest.mark.parametrize("fault", FAULTS)
    def test_a_plan_is_made_once_however_often_it_is_tried(
        self, driver: GatewayDriver, fault: Fault
    ) -> None:
        driver.break_next(fault)
        assert until_answered(lambda: synced(driver)).amount == PRO.price
        assert driver.effects("price") == 1

    @pytest.mark.parametrize("fault", FAULTS)
    def test_a_checkout_is_opened_once_however_often_it_is_tried(
        self, driver: GatewayDriver, fault: Fault
    ) -> None:
        request = checkout_request(synced(driver).price)
        driver.break_next(fault)
        checkout = until_answered(lambda: driver.gateway.checkouts.start(request))
        assert driver.effects("checkout") == 1
        driver.approve(checkout)
        assert subscription_of(driver, checkout).command_id == "chk_1"

    @pytest.mark.parametrize("fault", FAULTS)
    def test_a_cancellation_holds_however_often_it_is_tried(
        self, driver: GatewayDriver, fault: Fault
    ) -> None:
        ref = subscribed(driver).ref
        driver.break_next(fault)
        until_answered(
            lambda: driver.gateway.subscriptions.cancel("cancel_1", ref, at_period_end=False)
        )
        assert driver.gateway.subscriptions.fetch(ref).status == "cancelled"
