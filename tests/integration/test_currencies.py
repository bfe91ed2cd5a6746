"""A plan in several currencies: chosen at the checkout, and the same ever after."""

from __future__ import annotations

from typing import Any

from tests.support.answers import code
from tests.support.billing_service import BACK, OWNER, ROOT, SUCCESS, BillingService
from tests.support.billing_steps import every_kind


def priced(billing: BillingService, plan: str = "pro", **prices: int | None) -> Any:
    url = f"/v1/billing/plans/{plan}"
    return billing.client.patch(url, json={"prices": prices}, headers=ROOT)


def begin(billing: BillingService, **options: Any) -> Any:
    urls = {"success_url": SUCCESS, "cancel_url": BACK}
    body = {"plan": "pro", "gateway": billing.gateway.name, **urls, **options}
    return billing.post("/checkout", body)


class TestCurrencies:
    @every_kind
    def test_one_is_chosen_at_the_checkout(self, billing: BillingService) -> None:
        assert priced(billing, EUR=4500, JPY=6000).json()["prices"] == {"EUR": 4500, "JPY": 6000}
        body = {"currency": "EUR", "expected_price_cents": 4500, "expected_currency": "EUR"}
        billing.pay(begin(billing, **body).json())
        billing.deliver(backwards=True)
        seen = billing.shown()
        assert (seen["plan"], seen["amount_cents"], seen["currency"]) == ("pro", 4500, "EUR")
        assert billing.count("PriceMismatchNoticed") == 0
        plan = billing.client.get("/v1/billing/plans/pro", headers=ROOT).json()
        assert {each["state"] for each in plan["sync"].values()} == {"synced"}

    def test_a_plan_has_none_of_its_own_again_and_sells_no_other(
        self, billing: BillingService
    ) -> None:
        assert code(priced(billing, USD=4500)) == (422, "validation_failed")
        assert code(priced(billing, XXX=4500)) == (422, "validation_failed")
        assert code(begin(billing, currency="EUR")) == (422, "validation_failed")
        assert priced(billing, EUR=4500).status_code == 200
        assert priced(billing, EUR=None).json()["prices"] == {}
        assert code(begin(billing, currency="EUR")) == (422, "validation_failed")

    def test_both_are_sold_side_by_side(self, billing: BillingService) -> None:
        priced(billing, EUR=4500)
        assert begin(billing, currency="EUR").status_code == 201
        answer = billing.client.post("/v1/billing/plans/pro/sync", headers=ROOT)
        assert answer.status_code == 200
        billing.pay(begin(billing).json())
        billing.deliver()
        assert billing.shown()["currency"] == "USD"

    def test_old_customers_keep_theirs_through_every_change(self, billing: BillingService) -> None:
        priced(billing, EUR=4500)
        billing.pay(begin(billing, currency="EUR").json())
        billing.deliver()
        refused = billing.post("/subscription/swap", {"plan": "team"})
        assert code(refused) == (409, "currency_mismatch")
        priced(billing, "team", EUR=9000)
        billing.post("/subscription/swap", {"plan": "team"})
        seen = billing.shown()
        assert (seen["plan"], seen["amount_cents"], seen["currency"]) == ("team", 9000, "EUR")
        assert code(begin(billing)) == (409, "currency_mismatch")

    def test_a_new_price_is_for_new_subscribers(self, billing: BillingService) -> None:
        priced(billing, EUR=4500)
        billing.pay(begin(billing, currency="EUR").json())
        billing.deliver()
        priced(billing, EUR=5000)
        url = "/v1/billing/workspaces/acme/settings"
        billing.client.patch(url, json={"plan_change": "next_cycle"}, headers=OWNER)
        assert billing.reconcile()["subscription"]["amount_cents"] == 4500
