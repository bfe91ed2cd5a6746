"""A cancellation at PayPal that ends with the period, where the installation wants that."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.support.answers import code
from tests.support.billing_service import BillingService, billing_service
from tests.support.paypal_driver import driver


@pytest.fixture
def billing(billing_url: str) -> Iterator[BillingService]:
    with (
        driver(webhook_max_age=timedelta(days=400), cancels_at_period_end=True) as paypal,
        billing_service(billing_url, {"paypal": paypal}) as opened,
    ):
        opened.subscribe()
        yield opened


def stands(billing: BillingService) -> tuple[str, str, bool]:
    shown = billing.shown()
    return shown["status"], shown["plan"], shown["has_access"]


def at_paypal(billing: BillingService) -> str:
    [found] = billing.at_gateways()
    return found.raw_status


class TestEndings:
    def test_rest_until_the_period_is_over_and_end_then(self, billing: BillingService) -> None:
        period_end = billing.shown()["period_end"]
        foreseen = billing.post("/subscription/cancel?dry_run=true").json()
        billing.post("/subscription/cancel")
        billing.deliver(times=2, backwards=True)
        shown = billing.shown()
        assert stands(billing) == ("grace", "pro", True)
        assert shown["cancel_at"] == period_end == foreseen["effective_at"]
        assert at_paypal(billing) == "SUSPENDED"
        billing.sweep()
        assert stands(billing) == ("grace", "pro", True)
        billing.driver.advance(timedelta(days=32))
        billing.sweep()
        billing.sweep()
        assert stands(billing) == ("cancelled", "free", False)
        assert at_paypal(billing) == "CANCELLED"
        assert billing.count("SubscriptionCancelled") == 1

    def test_are_taken_back_before(self, billing: BillingService) -> None:
        billing.post("/subscription/cancel")
        told = billing.post("/subscription/resume?dry_run=true").json()
        assert told["changed"] is True
        assert billing.post("/subscription/resume").json()["status"] == "active"
        billing.deliver(backwards=True)
        assert stands(billing) == ("active", "pro", True)
        assert at_paypal(billing) == "ACTIVE"
        assert code(billing.post("/subscription/resume")) == (409, "cannot_resume")

    def test_of_what_is_paused_or_owed_are_at_once(self, billing: BillingService) -> None:
        billing.post("/subscription/pause")
        billing.post("/subscription/cancel")
        assert at_paypal(billing) == "CANCELLED"

    def test_by_the_payer_at_paypal_keep_what_was_paid(self, billing: BillingService) -> None:
        [ref] = billing.charging()
        billing.gateway.subscriptions.cancel("by_hand", ref, at_period_end=False)
        billing.deliver()
        assert stands(billing) == ("grace", "pro", True)
        assert code(billing.post("/subscription/resume")) == (409, "cannot_resume")
