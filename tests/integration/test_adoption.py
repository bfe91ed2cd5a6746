"""A page whose record is lost, where several gateways could be the one that knows it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.support.answers import code
from tests.support.billing_house import BillingHouse, Json, billing_house
from tests.support.gateway_drivers import open_driver
from tests.support.sandbox_driver import SandboxDriver

BEFORE, OWN, BEHIND = "stripe", "razorpay", "paypal"


@pytest.fixture
def house(billing_url: str) -> Iterator[BillingHouse]:
    """Three gateways; the middle one is asked neither first nor last."""
    with ExitStack() as stack:
        drivers = {}
        for name in (BEFORE, OWN, BEHIND):
            driver = stack.enter_context(open_driver(f"sandbox-{name}"))
            assert isinstance(driver, SandboxDriver)
            driver.gateway.name = name
            drivers[name] = driver
        yield stack.enter_context(billing_house(billing_url, drivers))


@pytest.fixture
def session(house: BillingHouse) -> Json:
    """Paid, and what is sent of it; nobody here remembers."""
    house.pay(house.checkout("pro", OWN))
    (page,) = house.account.checkouts.values()
    with house.database.transaction(commit=True) as cursor:
        cursor.execute("DELETE FROM billing_events WHERE originator_id = 'account:acme'")
        cursor.execute("TRUNCATE accounts, gateway_objects")
    return {"session_id": page.ref}


class TestAdopt:
    @pytest.mark.parametrize("silent", [BEFORE, BEHIND])
    def test_a_gateway_that_is_down_is_nothing_to_another_one_s_page(
        self, house: BillingHouse, session: Json, silent: str
    ) -> None:
        house.drivers[silent].break_next("server_error", calls=1)
        assert house.reconcile(**session)["plan"] == "pro"

    def test_who_could_know_the_page_and_is_down_is_told(
        self, house: BillingHouse, session: Json
    ) -> None:
        house.drivers[OWN].break_next("server_error", calls=1)
        assert code(house.post("/reconcile", session)) == (502, "gateway_unavailable")
        assert house.reconcile(**session)["plan"] == "pro"
