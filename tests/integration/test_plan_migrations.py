"""Subscribers of a plan are moved to another plan, or to the price that it has now."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from gateways.port import Gateway, GatewayUnavailable, Subscriptions, SwapOutcome
from tests.support.answers import code
from tests.support.billing_service import BACK, ROOT, SUCCESS, BillingService, billing_service
from tests.support.billing_steps import hosted, pass_time
from tests.support.gateway_drivers import open_driver
from tests.support.tokens import bearer

in_place = pytest.mark.parametrize(
    "billing", ["sandbox-stripe", pytest.param("stripe", marks=pytest.mark.slow)], indirect=True
)
URL = "/v1/billing/plans/pro/migrations"


class Lost:
    """The gateway plans the change, and its answer is lost."""

    def __init__(self, inner: Subscriptions) -> None:
        self._inner = inner
        self.losses = 1

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def swap(self, *arguments: Any) -> SwapOutcome:
        outcome = self._inner.swap(*arguments)
        if self.losses:
            self.losses -= 1
            raise GatewayUnavailable(gateway="sandbox")
        return outcome


def start(billing: BillingService, to: str = "team", **more: Any) -> Any:
    body = {"to": to, "notice_days": 10, **more}
    answer = billing.client.post(URL, json=body, headers=ROOT)
    assert answer.status_code == 201, answer.text
    return answer.json()


def progress(billing: BillingService) -> tuple[str, dict[str, int]]:
    latest = billing.client.get(URL, headers=ROOT).json()["data"][0]
    return latest["state"], latest["counts"]


def move(billing: BillingService, times: int = 3) -> None:
    """As if each were due."""
    mover = replace(billing.billing.move_subscribers, sleep=lambda _: None)
    for _ in range(times):
        billing.database.execute(
            "UPDATE plan_migration_items SET next_at = '-infinity' WHERE next_at IS NOT NULL"
        )
        mover()


def reprice(billing: BillingService, cents: int) -> None:
    patch = {"price_cents": cents}
    answer = billing.client.patch("/v1/billing/plans/pro", json=patch, headers=ROOT)
    assert answer.status_code == 200


def until_renewal(billing: BillingService, days: int) -> None:
    """So many days before the period ends."""
    end = billing.account.require_live().period_end
    assert end is not None
    billing.driver.advance(end - timedelta(days=days) - billing.driver.now())


class TestForecast:
    def test_a_dry_run_tells_each_and_changes_nothing(self, billing: BillingService) -> None:
        billing.subscribe()
        head = billing.store.head()
        answer = billing.client.post(f"{URL}?dry_run=true", json={"to": "team"}, headers=ROOT)
        body = answer.json()
        assert (answer.status_code, body["id"], body["counts"]) == (200, None, {"in_place": 1})
        assert body["data"][0]["to_price_cents"] == 9900
        assert body["data"][0]["effective_at"] > body["starts_at"]
        assert billing.store.head() == head

    def test_who_pays_the_price_of_today_is_not_concerned(self, billing: BillingService) -> None:
        billing.subscribe()
        assert start(billing, "pro")["counts"] == {}
        move(billing, 1)
        assert progress(billing) == ("finished", {})

    def test_a_target_that_is_none_is_refused(self, billing: BillingService) -> None:
        for to, refused in (("none", (404, "plan_not_found")), ("free", (409, "plan_local_only"))):
            answer = billing.client.post(URL, json={"to": to}, headers=ROOT)
            assert code(answer) == refused


class TestInPlace:
    @in_place
    def test_is_announced_then_changed_at_the_end_of_a_period(
        self, billing: BillingService
    ) -> None:
        billing.subscribe()
        start(billing)
        move(billing)
        assert progress(billing) == ("running", {"announced": 1})
        assert billing.count("PlanMigrationAnnounced") == 1
        until_renewal(billing, 2)
        move(billing)
        assert progress(billing) == ("running", {"scheduled": 1})
        assert billing.shown()["next_plan"] == "team"
        pass_time(billing, timedelta(days=4))
        billing.sweep()
        move(billing)
        assert progress(billing) == ("finished", {"moved": 1})
        assert (billing.shown()["plan"], billing.shown()["price_cents"]) == ("team", 9900)
        assert billing.count("PlanMigrationAnnounced") == billing.count("ChangeRequested") == 1

    @in_place
    def test_a_grandfathered_price_becomes_that_which_was_announced(
        self, billing: BillingService
    ) -> None:
        billing.subscribe()
        reprice(billing, 5900)
        start(billing, "pro")
        move(billing)
        reprice(billing, 7900)
        until_renewal(billing, 2)
        move(billing)
        pass_time(billing, timedelta(days=4))
        billing.sweep()
        move(billing)
        assert progress(billing) == ("finished", {"moved": 1})
        assert billing.shown()["price_cents"] == 5900

    @pytest.mark.slow
    def test_notice_that_ends_after_the_period_waits_for_the_next(
        self, billing: BillingService
    ) -> None:
        billing.subscribe()
        start(billing, notice_days=40)
        move(billing)
        until_renewal(billing, 1)
        move(billing)
        pass_time(billing, timedelta(days=2))
        billing.sweep()
        move(billing)
        assert progress(billing) == ("running", {"announced": 1})
        assert billing.shown()["plan"] == "pro"

    @pytest.mark.slow
    def test_who_cancels_or_goes_elsewhere_is_left_alone(self, billing: BillingService) -> None:
        billing.subscribe()
        start(billing)
        move(billing)
        billing.post("/subscription/swap", {"plan": "pro-yearly"})
        move(billing)
        assert progress(billing) == ("finished", {"left": 1})

    @pytest.mark.slow
    def test_a_lost_answer_plans_it_once(self, billing_url: str) -> None:
        lost: list[Lost] = []

        def wrap(gateway: Gateway) -> Gateway:
            lost.append(Lost(gateway.subscriptions))
            return replace(gateway, subscriptions=cast(Subscriptions, lost[-1]))

        with (
            open_driver("sandbox-stripe") as driver,
            billing_service(billing_url, {"sandbox": driver}, wrap=wrap) as billing,
        ):
            billing.subscribe()
            started = start(billing)
            move(billing)
            until_renewal(billing, 2)
            move(billing)
            billing.sweep()
            move(billing)
            assert lost[0].losses == 0
            assert progress(billing) == ("running", {"scheduled": 1})
            assert billing.account.change is None
            billing.client.post(f"{URL}/{started['id']}/stop", headers=ROOT)
            move(billing)
            assert (billing.shown()["plan"], billing.shown()["next_plan"]) == ("pro", None)


class TestStop:
    @in_place
    def test_undoes_what_is_planned_and_tells_it(self, billing: BillingService) -> None:
        billing.subscribe()
        started = start(billing)
        move(billing)
        until_renewal(billing, 2)
        move(billing)
        url = f"{URL}/{started['id']}/stop"
        for _ in range(2):
            assert billing.client.post(url, headers=ROOT).json()["state"] == "stopping"
        move(billing)
        assert progress(billing) == ("stopped", {"stopped": 1})
        assert billing.count("PlanMigrationWithdrawn") == 1
        pass_time(billing, timedelta(days=4))
        billing.sweep()
        assert (billing.shown()["plan"], billing.shown()["next_plan"]) == ("pro", None)

    @pytest.mark.slow
    def test_leaves_what_the_workspace_chose_since(self, billing: BillingService) -> None:
        billing.subscribe()
        started = start(billing)
        move(billing)
        until_renewal(billing, 2)
        move(billing)
        settings = {"plan_change": "next_cycle"}
        url = "/v1/billing/workspaces/acme/settings"
        billing.client.patch(url, json=settings, headers=bearer(acme="admin"))
        assert billing.post("/subscription/swap", {"plan": "pro-yearly"}).status_code == 200
        billing.client.post(f"{URL}/{started['id']}/stop", headers=ROOT)
        move(billing)
        assert progress(billing) == ("stopped", {"stopped": 1})
        assert billing.shown()["next_plan"] == "pro-yearly"

    @pytest.mark.slow
    def test_leaves_a_cancellation(self, billing: BillingService) -> None:
        billing.subscribe()
        started = start(billing)
        move(billing)
        until_renewal(billing, 2)
        move(billing)
        assert billing.post("/subscription/cancel").status_code == 200
        billing.client.post(f"{URL}/{started['id']}/stop", headers=ROOT)
        move(billing)
        assert progress(billing) == ("stopped", {"stopped": 1})
        assert billing.shown()["status"] == "grace"

    def test_one_runs_at_a_time_and_another_may_follow(self, billing: BillingService) -> None:
        billing.subscribe()
        first = start(billing)
        answer = billing.client.post(URL, json={"to": "team"}, headers=ROOT)
        assert code(answer) == (409, "plan_migration_running")
        billing.client.post(f"{URL}/{first['id']}/stop", headers=ROOT)
        move(billing)
        start(billing)
        listed = billing.client.get(URL, headers=ROOT).json()["data"]
        assert [each["state"] for each in listed] == ["running", "stopped"]

    @pytest.mark.slow
    def test_one_of_another_plan_is_not_found(self, billing: BillingService) -> None:
        started = start(billing)
        other = f"/v1/billing/plans/team/migrations/{started['id']}"
        answers = (
            billing.client.post(f"{other}/stop", headers=ROOT),
            billing.client.get(f"{other}/workspaces", headers=ROOT),
        )
        assert [code(each) for each in answers] == [(404, "plan_migration_not_found")] * 2


@pytest.mark.slow
class TestApproval:
    @hosted
    def test_the_payer_is_asked_once_and_moved_on_payment(self, billing: BillingService) -> None:
        billing.subscribe()
        start(billing, notice_days=0, success_url=SUCCESS, cancel_url=BACK)
        move(billing)
        assert progress(billing) == ("running", {"approval_asked": 1})
        assert billing.count("PlanMigrationApprovalAsked") == 1
        page = billing.account.open_checkout
        assert page is not None
        billing.driver.approve(billing.page(page.id))
        billing.deliver()
        move(billing)
        assert progress(billing) == ("finished", {"moved": 1})
        assert billing.shown()["plan"] == "team"

    @hosted
    def test_stopping_takes_the_page_away(self, billing: BillingService) -> None:
        billing.subscribe()
        started = start(billing, notice_days=0)
        move(billing)
        billing.client.post(f"{URL}/{started['id']}/stop", headers=ROOT)
        move(billing)
        assert billing.account.open_checkout is None
        assert progress(billing) == ("stopped", {"stopped": 1})

    @hosted
    def test_another_price_of_the_same_plan_is_refused_there(self, billing: BillingService) -> None:
        billing.subscribe()
        reprice(billing, 5900)
        started = start(billing, "pro")
        assert started["data"][0]["reason"] == "capability_not_supported"
        move(billing, 1)
        shown = billing.client.get(f"{URL}/{started['id']}/workspaces", headers=ROOT).json()
        assert [(each["state"], each["reason"]) for each in shown["data"]] == [
            ("refused", "capability_not_supported")
        ]
        assert billing.count("PlanMigrationAnnounced") == 0
