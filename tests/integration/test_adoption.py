"""A page whose record is lost, where several gateways could be the one that knows it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.support.answers import code
from tests.support.billing_service import BillingService, Json, billing_service
from tests.support.gateway_drivers import open_driver
from tests.support.sandbox_driver import SandboxDriver

BEFORE, OWN, BEHIND = "stripe", "razorpay", "paypal"


@pytest.fixture
def billing(billing_url: str) -> Iterator[BillingService]:
    """Three gateways; the middle one is asked neither first nor last."""
    with ExitStack() as stack:
        drivers = {}
        for name in (BEFORE, OWN, BEHIND):
            driver = stack.enter_context(open_driver(f"sandbox-{name}"))
            assert isinstance(driver, SandboxDriver)
            driver.rename(name)
            drivers[name] = driver
        yield stack.enter_context(billing_service(billing_url, drivers))


@pytest.fixture
def session(billing: BillingService) -> Json:
    """Paid, and what is sent of it; nobody here remembers."""
    billing.pay(billing.checkout("pro", OWN))
    (page,) = billing.account.checkouts.values()
    with billing.database.transaction(commit=True) as cursor:
        cursor.execute("DELETE FROM billing_events WHERE originator_id = 'account:acme'")
        cursor.execute("TRUNCATE accounts, gateway_objects")
    return {"session_id": page.ref}


class TestAdopt:
    @pytest.mark.parametrize("silent", [BEFORE, BEHIND])
    def test_a_gateway_that_is_down_is_nothing_to_another_one_s_page(
        self, billing: BillingService, session: Json, silent: str
    ) -> None:
        billing.drivers[silent].break_next("server_error", calls=1)
        assert billing.reconcile(**session)["plan"] == "pro"

    def test_who_could_know_the_page_and_is_down_is_told(
        self, billing: BillingService, session: Json
    ) -> None:
        billing.drivers[OWN].break_next("server_error", calls=1)
        assert code(billing.post("/reconcile", session)) == (502, "gateway_unavailable")
        assert billing.reconcile(**session)["plan"] == "pro"
