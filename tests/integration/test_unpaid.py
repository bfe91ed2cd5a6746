"""What nobody pays for ends after the days that its plan allows, on every gateway."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest

from gateways.port import GatewayUnavailable
from tests.support.billing_service import CAUSE, BillingService, billing_service
from tests.support.gateway_drivers import EVERY_DRIVER, open_driver

DAYS = timedelta(days=1)
CALLS = 9


@pytest.fixture(params=EVERY_DRIVER)
def unpaid(request: pytest.FixtureRequest, billing_url: str) -> Iterator[BillingService]:
    """The second month is not paid."""
    with ExitStack() as stack:
        driver = stack.enter_context(open_driver(request.param))
        drivers = {driver.gateway.name: driver}
        billing = stack.enter_context(billing_service(billing_url, drivers))
        subscription = billing.subscribe()
        driver.advance(31 * DAYS)
        driver.fail_payment(subscription)
        billing.deliver()
        assert billing.shown()["status"] == "past_due"
        yield billing


class TestPastDue:
    def test_keeps_access_for_three_weeks_and_no_longer(self, unpaid: BillingService) -> None:
        unpaid.driver.advance(18 * DAYS)
        assert unpaid.reconcile()["status"] == "past_due"
        unpaid.driver.advance(4 * DAYS)
        shown = unpaid.reconcile()
        assert (shown["plan"], shown["status"]) == ("free", "cancelled")
        assert unpaid.charging() == []
        assert unpaid.shown()["has_access"] is False

    def test_the_sweep_ends_it_although_nobody_looks(self, unpaid: BillingService) -> None:
        unpaid.driver.advance(22 * DAYS)
        unpaid.sweep()
        assert unpaid.account.live is None
        assert unpaid.charging() == []

    def test_a_plan_may_allow_other_days(self, unpaid: BillingService) -> None:
        unpaid.billing.plans.change_plan("pro", {"past_due_days": 3}, CAUSE)
        unpaid.driver.advance(4 * DAYS)
        assert unpaid.reconcile()["plan"] == "free"

    def test_what_is_paid_in_time_goes_on(self, unpaid: BillingService) -> None:
        unpaid.driver.advance(18 * DAYS)
        [subscription] = unpaid.charging()
        unpaid.driver.recover_payment(subscription)
        unpaid.driver.advance(4 * DAYS)
        assert unpaid.reconcile()["status"] == "active"

    def test_access_ends_also_when_the_gateway_does_not_answer(
        self, unpaid: BillingService
    ) -> None:
        unpaid.driver.advance(22 * DAYS)
        unpaid.driver.break_next("server_error", calls=CALLS)
        with pytest.raises(GatewayUnavailable):
            unpaid.billing.settlement.end_unpaid("acme", CAUSE)
        assert unpaid.shown()["has_access"] is False
        answers = (unpaid.post("/reconcile").status_code for _ in range(CALLS))
        assert 200 in answers
        assert unpaid.charging() == []
