"""Ways out of what a gateway does not answer for any more."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.answers import code
from tests.support.billing_service import OWNER, BillingService
from tests.support.billing_steps import every_kind
from tests.support.sandbox_driver import SandboxDriver
from tests.support.tokens import bearer

SUPPORT = bearer("support", subject="sue")


def forget(billing: BillingService, ref: str, **options: Any) -> Any:
    body = {"gateway": "sandbox", "ref": ref, "reason": "another key"}
    url = "/v1/billing/workspaces/acme/forget"
    return billing.client.post(url, json=body, headers=options.get("headers", SUPPORT))


def lose(billing: BillingService, *kinds: str) -> None:
    """Like another key of the gateway: what it knew is unknown."""
    assert isinstance(billing.driver, SandboxDriver)
    with billing.driver.state.transaction() as ledger:
        for kind in kinds:
            ledger._connection.execute("DELETE FROM records WHERE kind = ?", (kind,))


class TestForget:
    @every_kind
    def test_a_subscription_that_is_unknown_to_the_gateway_makes_way(
        self, billing: BillingService
    ) -> None:
        reference = billing.subscribe()
        lose(billing, "Subscription")
        assert billing.reconcile()["plan"] == "pro"
        assert code(billing.post("/subscription/cancel")) == (404, "gateway_reference_not_found")
        forgotten = forget(billing, reference).json()
        assert (forgotten["plan"], forgotten["status"]) == ("free", "cancelled")
        billing.subscribe()
        assert billing.reconcile()["plan"] == "pro"

    @every_kind
    def test_what_is_charged_is_not_forgotten(self, billing: BillingService) -> None:
        assert code(forget(billing, billing.subscribe())) == (409, "subscription_live")

    def test_what_is_somebody_else_s_is_not(self, billing: BillingService) -> None:
        billing.subscribe()
        assert code(forget(billing, "sub_of_others")) == (404, "account_not_found")

    def test_twice_is_once_and_says_who_and_why(self, billing: BillingService) -> None:
        reference = billing.subscribe()
        lose(billing, "Subscription")
        assert [forget(billing, reference).status_code for _ in range(2)] == [200, 200]
        (told,) = [
            each
            for each in billing.published()
            if each.type == "billing.GatewayReferenceForgotten.v1"
        ]
        assert (told.actor, told.data.model_dump()["reason"]) == ("user:sue", "another key")

    def test_an_open_page_is_closed(self, billing: BillingService) -> None:
        started = billing.checkout()
        assert forget(billing, billing.page(started["checkout_id"]).ref).status_code == 200
        assert billing.shown()["checkout"] is None

    def test_a_forgotten_customer_is_made_anew(self, billing: BillingService) -> None:
        billing.subscribe()
        customer = billing.shown()["customer_ref"]
        assert forget(billing, customer).status_code == 200
        assert billing.checkout("team")["url"]

    def test_only_support_may(self, billing: BillingService) -> None:
        assert code(forget(billing, "sub_1", headers=OWNER)) == (403, "forbidden")


class TestReconcile:
    @pytest.mark.parametrize("kinds", [("Subscription",), ("Subscription", "Customer", "Checkout")])
    def test_what_is_unknown_to_the_gateway_does_not_poison_it(
        self, billing: BillingService, kinds: tuple[str, ...]
    ) -> None:
        billing.subscribe()
        billing.checkout("team")
        lose(billing, *kinds)
        for _ in range(2):
            assert billing.reconcile()["plan"] == "pro"
