"""A subscription that ended at its gateway while the webhook was lost."""

from __future__ import annotations

import pytest

from tests.support.billing_service import billing_service
from tests.support.gateway_drivers import open_driver


@pytest.mark.parametrize("kind", ["sandbox-stripe", "stripe", "paypal", "razorpay"])
class TestEndedUnheard:
    def test_whoever_changes_it_is_told_what_became_of_it(
        self, billing_url: str, kind: str
    ) -> None:
        with open_driver(kind) as driver:
            name = driver.gateway.name
            with billing_service(billing_url, {name: driver}) as billing:
                for path, body in (
                    ("/subscription/swap", {"plan": "team"}),
                    ("/subscription/cancel", None),
                    ("/subscription/resume", None),
                ):
                    ref = billing.subscribe()
                    driver.gateway.subscriptions.cancel(f"hand{path}", ref, at_period_end=False)
                    driver.deliveries()
                    answer = billing.post(path, body)
                    assert billing.account.change is None
                    assert answer.status_code in (200, 201, 409), (path, answer.text)
                    billing.post("/subscription/cancel")
                    billing.reconcile()
                    assert ref not in billing.charging()
