"""A subscription that a person made in the gateway's dashboard."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gateways.port import SubscriptionSnapshot
from services.billing.application.adoption import Adoption
from tests.support.answers import code
from tests.support.billing_service import CAUSE, OWNER, ROOT, BillingService
from tests.support.billing_steps import pass_time


def adopt(billing: BillingService, ref: str, ws: str = "acme", **options: Any) -> Any:
    body = {"gateway": "sandbox", "subscription_ref": ref}
    url = f"/v1/billing/workspaces/{ws}/adopt"
    return billing.client.post(url, json=body, headers=options.get("headers", ROOT))


def made_by_hand(billing: BillingService) -> SubscriptionSnapshot:
    """For the workspace's customer, at a price of ours, and without a word of ours."""
    known = billing.gateway.subscriptions.fetch(billing.subscribe())
    return replace(known, ref="sub_hand", workspace_id="", command_id="", replaces=None)


def owner_of(billing: BillingService, snapshot: SubscriptionSnapshot) -> str | None:
    return Adoption(billing.billing.observations).workspace_of(snapshot)


class TestByCustomer:
    def test_who_has_no_other_gets_it(self, billing: BillingService) -> None:
        by_hand = made_by_hand(billing)
        assert owner_of(billing, by_hand) is None
        billing.post("/subscription/cancel")
        pass_time(billing)
        billing.sweep()
        assert owner_of(billing, by_hand) == "acme"
        assert owner_of(billing, replace(by_hand, customer="cus_stranger")) is None
        assert owner_of(billing, replace(by_hand, price_ref="price_unknown")) is None

    def test_it_is_recorded_as_adopted(self, billing: BillingService) -> None:
        by_hand = made_by_hand(billing)
        billing.post("/subscription/cancel")
        pass_time(billing)
        billing.sweep()
        before = billing.events()
        later = replace(by_hand, fetched_at=billing.driver.now())
        billing.billing.observations.observe("acme", later, CAUSE)
        assert billing.events()[len(before) :] == ["SubscriptionAdopted", "PlanSubscribed"]
        assert (billing.shown()["plan"], billing.shown()["status"]) == ("pro", "active")


class TestByHand:
    def test_what_is_another_s_or_comes_second_is_refused(self, billing: BillingService) -> None:
        reference = billing.subscribe()
        assert adopt(billing, reference).json()["plan"] == "pro"
        assert code(adopt(billing, reference, "other")) == (409, "subscription_of_another")
        assert code(adopt(billing, "sub_unknown")) == (409, "subscription_live")

    def test_what_the_gateway_does_not_know_is_told(self, billing: BillingService) -> None:
        assert code(adopt(billing, "sub_unknown")) == (404, "gateway_reference_not_found")

    def test_only_the_platform_may(self, billing: BillingService) -> None:
        assert code(adopt(billing, "sub_1", headers=OWNER)) == (403, "forbidden")
