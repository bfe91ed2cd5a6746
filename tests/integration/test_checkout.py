"""From a chosen plan to a subscription: checkout, webhook, reconcile, read model, API."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support import sandbox_driver
from tests.support.billing_house import BillingHouse, billing_house


@pytest.fixture
def house(billing_url: str) -> Iterator[BillingHouse]:
    with (
        sandbox_driver.stripe_profile() as driver,
        billing_house(billing_url, {"sandbox": driver}) as opened,
    ):
        yield opened


class TestStartCheckout:
    def test_it_answers_with_the_hosted_page(self, house: BillingHouse) -> None:
        started = house.checkout()
        assert set(started) == {"checkout_id", "url", "gateway"}
        assert started["url"].startswith("http")
        shown = house.shown()
        assert (shown["plan"], shown["status"]) == ("free", None)
        assert shown["checkout"]["url"] == started["url"]

    def test_the_webhook_subscribes(self, house: BillingHouse) -> None:
        reference = house.subscribe()
        shown = house.shown()
        assert (shown["plan"], shown["status"]) == ("pro", "active")
        assert (shown["subscription_ref"], shown["price_cents"]) == (reference, 4900)
        assert shown["checkout"] is None

    def test_reconcile_does_the_same_without_a_webhook(self, house: BillingHouse) -> None:
        house.pay(house.checkout())
        body = house.reconcile()
        assert (body["plan"], body["status"]) == ("pro", "active")
        assert house.shown()["plan"] == "pro"
        house.deliver(times=2, backwards=True)
        house.reconcile()
        assert house.count("PlanSubscribed") == 1
