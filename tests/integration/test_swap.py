"""Changing the plan over HTTP: in place, or by a new checkout."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from gateways.port import (
    ActionRequired,
    Declined,
    Gateway,
    Subscriptions,
    SwapOutcome,
    Swapped,
)
from tests.support.answers import code
from tests.support.billing_service import ROOT, BillingService, billing_service
from tests.support.billing_steps import hosted, pass_time
from tests.support.gateway_drivers import open_driver
from tests.support.tokens import bearer


class TestSwapInPlace:
    def test_is_in_force_at_once_by_default(self, billing: BillingService) -> None:
        billing.subscribe()
        answer = billing.post("/subscription/swap", {"plan": "team"})
        assert answer.status_code == 200
        assert answer.json()["plan"] == "team"
        shown = billing.shown()
        assert (shown["plan"], shown["price_cents"], shown["next_plan"]) == ("team", 9900, None)
        assert billing.count("PlanSwapped") == 1

    def test_a_dry_run_previews_the_proration(self, billing: BillingService) -> None:
        billing.subscribe()
        answer = billing.post("/subscription/swap?dry_run=true", {"plan": "team"}).json()
        assert (answer["in_place"], answer["needs_checkout"]) == (True, False)
        assert answer["proration"]["currency"] == "USD"
        assert 0 < answer["proration"]["amount_cents"] <= 5000
        assert billing.shown()["plan"] == "pro"

    def test_at_the_next_cycle_where_the_workspace_wants_it_so(
        self, billing: BillingService
    ) -> None:
        billing.subscribe()
        url = "/v1/billing/workspaces/acme/settings"
        billing.client.patch(url, json={"plan_change": "next_cycle"}, headers=bearer(acme="admin"))
        body = billing.post("/subscription/swap", {"plan": "pro-yearly"}).json()
        assert (body["plan"], body["subscription"]["next_plan"]) == ("pro", "pro-yearly")
        billing.deliver()
        pass_time(billing)
        billing.sweep()
        shown = billing.shown()
        assert (shown["plan"], shown["interval"], shown["next_plan"]) == (
            "pro-yearly",
            "year",
            None,
        )

    def test_auto_makes_dearer_plans_hold_now_and_cheaper_ones_later(
        self, billing: BillingService
    ) -> None:
        billing.subscribe()
        url = "/v1/billing/workspaces/acme/settings"
        answer = billing.client.patch(
            url, json={"plan_change": "auto"}, headers=bearer(acme="admin")
        )
        assert answer.json()["plan_change"] == "auto"
        for plan, waits in (("team", False), ("pro", True)):
            foreseen = billing.post("/subscription/swap?dry_run=true", {"plan": plan}).json()
            body = billing.post("/subscription/swap", {"plan": plan}).json()["subscription"]
            assert (body["plan"], body["next_plan"]) == ("team", plan if waits else None)
            assert (foreseen["effective_at"] == body["period_end"]) is waits

    def test_a_planned_swap_is_taken_back_at_the_price_that_was_bought(
        self, billing: BillingService
    ) -> None:
        billing.subscribe()
        url = "/v1/billing/workspaces/acme/settings"
        billing.client.patch(url, json={"plan_change": "next_cycle"}, headers=bearer(acme="admin"))
        billing.post("/subscription/swap", {"plan": "team"})
        billing.client.patch(url, json={"plan_change": "prorate"}, headers=bearer(acme="admin"))
        answer = billing.post("/subscription/swap", {"plan": "pro"})
        assert answer.status_code == 200, answer.text
        assert answer.json()["subscription"]["next_plan"] is None
        pass_time(billing)
        billing.sweep()
        assert billing.shown()["plan"] == "pro"

    @pytest.mark.parametrize(
        ("plan", "refusal"),
        [
            ("pro", (409, "already_subscribed")),
            ("nowhere", (404, "plan_not_found")),
            ("enterprise", (409, "plan_local_only")),
        ],
    )
    def test_is_refused(self, billing: BillingService, plan: str, refusal: tuple[int, str]) -> None:
        billing.subscribe()
        for query in ("", "?dry_run=true"):
            assert code(billing.post(f"/subscription/swap{query}", {"plan": plan})) == refusal

    def test_what_is_about_to_end_is_resumed_first(self, billing: BillingService) -> None:
        billing.subscribe()
        billing.post("/subscription/cancel")
        answer = billing.post("/subscription/swap", {"plan": "team"})
        assert code(answer) == (409, "cancellation_scheduled")


class Odd:
    """A gateway's subscriptions, but for the answer to a swap."""

    def __init__(self, inner: Subscriptions, answer: SwapOutcome) -> None:
        self._inner, self._answer = inner, answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def swap(self, *_: object) -> SwapOutcome:
        return self._answer


@contextmanager
def answering(url: str, answer: SwapOutcome) -> Iterator[BillingService]:
    def wrap(gateway: Gateway) -> Gateway:
        return replace(
            gateway, subscriptions=cast(Subscriptions, Odd(gateway.subscriptions, answer))
        )

    with (
        open_driver("sandbox-stripe") as driver,
        billing_service(url, {"sandbox": driver}, wrap=wrap) as billing,
    ):
        billing.subscribe()
        yield billing


class TestRefusedByTheBank:
    """Whatever came of it, the subscription is as it was."""

    def swap(self, billing: BillingService) -> Any:
        answer = billing.post("/subscription/swap", {"plan": "team"})
        assert billing.account.change is None
        assert billing.reconcile()["plan"] == "pro"
        return answer

    def test_a_declined_card_is_told_as_that(self, billing_url: str) -> None:
        with answering(billing_url, Declined("in_1", "insufficient_funds")) as billing:
            answer = self.swap(billing)
            assert code(answer) == (402, "card_declined")
            assert answer.json()["error"]["details"] == {"decline_code": "insufficient_funds"}

    def test_who_has_to_confirm_is_sent_to_the_bank(self, billing_url: str) -> None:
        with answering(billing_url, ActionRequired("in_1", "https://bank.example/1")) as billing:
            answer = self.swap(billing)
            assert answer.status_code == 202
            assert answer.json() == {"confirmation_url": "https://bank.example/1"}

    def test_what_was_accepted_and_not_done_is_told(self, billing_url: str) -> None:
        with answering(billing_url, Swapped(datetime(2020, 1, 1, tzinfo=UTC))) as billing:
            assert code(self.swap(billing)) == (502, "change_not_applied")


class TestAnotherCurrency:
    def test_is_refused_also_dry(self, billing: BillingService) -> None:
        billing.subscribe()
        euro = {"slug": "euro", "name": "Euro", "price_cents": 9900, "currency": "EUR"}
        plan = {**euro, "monthly_conversations": 5}
        assert billing.client.post("/v1/billing/plans", json=plan, headers=ROOT).status_code == 201
        for query in ("?dry_run=true", ""):
            answer = billing.post(f"/subscription/swap{query}", {"plan": "euro"})
            assert code(answer) == (409, "currency_mismatch")


@hosted
class TestSwapByCheckout:
    def test_the_old_one_is_cancelled_and_refunded_when_the_new_one_is_paid(
        self, billing: BillingService
    ) -> None:
        billing.subscribe()
        billing.driver.advance(timedelta(days=10))
        dry = billing.post("/subscription/swap?dry_run=true", {"plan": "team"}).json()
        assert (dry["in_place"], dry["needs_checkout"]) == (False, True)
        assert -3400 < dry["proration"]["amount_cents"] < -3200
        answer = billing.post("/subscription/swap", {"plan": "team"})
        assert answer.status_code == 201
        assert answer.json()["url"].startswith("http")
        assert billing.shown()["plan"] == "pro"
        new = billing.pay(answer.json())
        assert billing.reconcile()["plan"] == "team"
        assert billing.charging() == [new]
        billing.deliver(times=2, backwards=True)
        assert billing.count("OrphanSubscriptionCancelled") == 1
        assert billing.count("OverlapRefunded") == 1
        assert billing.driver.effects("refund") == 1

    def test_what_is_never_paid_leaves_the_old_one(self, billing: BillingService) -> None:
        old = billing.subscribe()
        started = billing.post("/subscription/swap", {"plan": "team"}).json()
        billing.driver.decline(billing.page(started["checkout_id"]))
        billing.deliver()
        billing.reconcile()
        assert billing.shown()["plan"] == "pro"
        assert billing.charging() == [old]
