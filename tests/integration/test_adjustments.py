"""Quantity and pause of a running subscription over HTTP."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.billing import SubscriptionPaused
from kernel.clock import rfc3339
from tests.support.answers import code
from tests.support.billing_service import OWNER, ROOT, BillingService, day_of
from tests.support.billing_steps import every_kind, hosted, pass_time


def sold_by_the_seat(billing: BillingService, plan: str = "pro", **sale: object) -> None:
    sold = {"per_unit": {"unit": "seat", "max": 50}, **sale}
    answer = billing.client.patch(f"/v1/billing/plans/{plan}", json=sold, headers=ROOT)
    assert answer.status_code == 200, answer.text


class TestQuantity:
    def test_is_prorated_as_the_dry_run_said_and_kept_by_a_swap(
        self, billing: BillingService
    ) -> None:
        sold_by_the_seat(billing)
        billing.subscribe()
        dry = "/subscription/quantity?dry_run=true"
        foreseen = billing.post(dry, {"quantity": 3}).json()
        assert (foreseen["action"], foreseen["changed"]) == ("quantity", True)
        assert 0 < foreseen["proration"]["amount_cents"] <= 9800
        assert billing.shown()["quantity"] == 1
        answer = billing.post("/subscription/quantity", {"quantity": 3})
        assert answer.status_code == 200, answer.text
        assert answer.json()["subscription"]["quantity"] == 3
        assert answer.json()["subscription"]["amount_cents"] == 14_700
        billing.deliver(backwards=True)
        assert billing.count("QuantityChanged") == 1
        assert billing.post(dry, {"quantity": 3}).json()["changed"] is False
        sold_by_the_seat(billing, "team")
        billing.post("/subscription/swap", {"plan": "team"})
        shown = billing.shown()
        assert (shown["plan"], shown["quantity"], shown["amount_cents"]) == ("team", 3, 29_700)

    @every_kind
    @pytest.mark.parametrize("timing", ["prorate", "next_cycle"])
    @pytest.mark.parametrize(
        ("before", "after", "had", "kept"),
        [
            ({"max": 50}, None, 3, 1),
            (None, {"min": 5, "max": 50}, 1, 5),
            ({"max": 50}, {"min": 2, "max": 50}, 3, 3),
        ],
        ids=["to-a-flat-price", "to-more-than-one", "to-other-seats"],
    )
    def test_after_a_swap_is_what_the_plan_sells_and_the_dry_run_said(
        self,
        billing: BillingService,
        timing: str,
        before: dict[str, int] | None,
        after: dict[str, int] | None,
        had: int,
        kept: int,
    ) -> None:
        for plan, units in (("pro", before), ("team", after)):
            sold = {"unit": "seat", **units} if units is not None else None
            sold_by_the_seat(billing, plan, per_unit=sold)
        url = "/v1/billing/workspaces/acme/settings"
        billing.client.patch(url, json={"plan_change": timing}, headers=OWNER)
        billing.pay(billing.checkout(quantity=had))
        billing.deliver()
        foreseen = billing.post("/subscription/swap?dry_run=true", {"plan": "team"}).json()
        assert foreseen["amount_cents"] == 9900 * kept
        answer = billing.post("/subscription/swap", {"plan": "team"})
        if answer.status_code == 201:
            billing.pay(answer.json())
            billing.deliver()
        elif timing == "next_cycle":
            assert billing.reconcile()["subscription"]["quantity"] == had
            pass_time(billing)
            billing.reconcile()
        shown = billing.shown()
        assert (shown["plan"], shown["quantity"], shown["amount_cents"]) == (
            "team",
            kept,
            foreseen["amount_cents"],
        )

    def test_of_a_swap_is_not_above_what_the_plan_sells(self, billing: BillingService) -> None:
        sold_by_the_seat(billing)
        sold_by_the_seat(billing, "team", per_unit={"unit": "seat", "max": 2})
        billing.pay(billing.checkout(quantity=3))
        billing.deliver()
        for query in ("", "?dry_run=true"):
            answer = billing.post(f"/subscription/swap{query}", {"plan": "team"})
            assert code(answer) == (422, "validation_failed")

    def test_waits_for_a_planned_swap(self, billing: BillingService) -> None:
        sold_by_the_seat(billing)
        billing.subscribe()
        url = "/v1/billing/workspaces/acme/settings"
        billing.client.patch(url, json={"plan_change": "next_cycle"}, headers=OWNER)
        billing.post("/subscription/swap", {"plan": "team"})
        for query in ("", "?dry_run=true"):
            answer = billing.post(f"/subscription/quantity{query}", {"quantity": 2})
            assert code(answer) == (409, "swap_scheduled")

    @pytest.mark.parametrize("quantity", [0, -1, 1.5, "2", None, 1_000_000])
    def test_is_a_whole_number_from_one_on(self, billing: BillingService, quantity: object) -> None:
        billing.subscribe()
        answer = billing.post("/subscription/quantity", {"quantity": quantity})
        assert code(answer) == (422, "validation_failed")

    def test_is_within_what_the_plan_sells(self, billing: BillingService) -> None:
        billing.subscribe()
        for query in ("", "?dry_run=true"):
            answer = billing.post(f"/subscription/quantity{query}", {"quantity": 2})
            assert code(answer) == (422, "validation_failed")
        sold_by_the_seat(billing)
        answer = billing.post("/subscription/quantity", {"quantity": 51})
        assert answer.json()["error"]["details"]["fields"][0]["field"] == "quantity"

    def test_is_bought_at_once(self, billing: BillingService) -> None:
        sold_by_the_seat(billing)
        billing.pay(billing.checkout(quantity=4))
        billing.deliver()
        shown = billing.shown()
        assert (shown["quantity"], shown["amount_cents"]) == (4, 19_600)

    def test_without_a_subscription_there_is_none(self, billing: BillingService) -> None:
        answer = billing.post("/subscription/quantity", {"quantity": 2})
        assert code(answer) == (409, "not_subscribed")


class TestTrial:
    def test_is_free_once_for_a_family(self, billing: BillingService) -> None:
        sold_by_the_seat(billing, trial_days=14)
        ref = billing.subscribe()
        shown = billing.shown()
        assert (shown["status"], shown["has_access"]) == ("trialing", True)
        assert day_of(shown["trial_ends_at"]) == day_of(shown["period_end"])
        assert billing.count("TrialStarted") == 1
        billing.gateway.subscriptions.cancel("by_hand", ref, at_period_end=False)
        billing.deliver()
        assert billing.count("TrialEnded") == 1
        billing.subscribe()
        assert (billing.shown()["status"], billing.count("TrialStarted")) == ("active", 1)

    @every_kind
    def test_without_a_card_is_ours_and_ends_on_the_default_plan(
        self, billing: BillingService
    ) -> None:
        sold_by_the_seat(billing, trial_days=14, trial_requires_card=False)
        started = billing.checkout()
        assert started["url"] == "https://app.example/done"
        shown = billing.shown()
        assert (shown["status"], shown["plan"], shown["gateway"]) == ("trialing", "pro", None)
        assert billing.at_gateways() == []
        for day, told in ((10, 0), (2, 1), (0, 1)):
            billing.driver.advance(timedelta(days=day))
            billing.sweep()
            assert billing.count("TrialEnding") == told
        billing.driver.advance(timedelta(days=3))
        billing.sweep()
        shown = billing.shown()
        assert (shown["status"], shown["plan"], shown["has_access"]) == ("expired", "free", False)
        assert billing.count("TrialEnded") == 1
        billing.subscribe()
        assert (billing.shown()["status"], billing.count("TrialStarted")) == ("active", 1)

    def test_without_a_card_can_be_paid_for_before_it_ends(self, billing: BillingService) -> None:
        sold_by_the_seat(billing, trial_days=14, trial_requires_card=False)
        billing.checkout()
        billing.subscribe()
        billing.sweep()
        shown = billing.shown()
        assert (shown["status"], shown["plan"]) == ("active", "pro")
        assert len(billing.charging()) == 1

    def test_becomes_a_paid_plan(self, billing: BillingService) -> None:
        sold_by_the_seat(billing, trial_days=14)
        billing.subscribe()
        pass_time(billing)
        billing.sweep()
        assert (billing.shown()["status"], billing.count("TrialEnded")) == ("active", 1)
        billing.deliver(times=2, backwards=True)
        billing.sweep()
        assert billing.count("TrialConverted") == 1

    def test_is_longer_or_over_as_an_admin_wants(self, billing: BillingService) -> None:
        sold_by_the_seat(billing, trial_days=14)
        billing.subscribe()
        billing.driver.advance(timedelta(days=12))
        billing.sweep()
        assert billing.count("TrialEnding") == 1
        later = (billing.driver.now() + timedelta(days=40)).replace(microsecond=0)
        for query, ends_at, status in (
            ("?dry_run=true", later, None),
            ("", later, "trialing"),
            ("", billing.driver.now(), "active"),
        ):
            body = {"ends_at": rfc3339(ends_at)}
            answer = billing.post(f"/subscription/trial{query}", body, headers=ROOT)
            assert answer.status_code == 200, answer.text
            assert answer.json().get("status") == status
        billing.sweep()
        assert billing.count("TrialEnding") == 1
        body = {"ends_at": rfc3339(later)}
        again = billing.post("/subscription/trial", body, headers=ROOT)
        assert code(again) == (409, "not_in_trial")


class TestPause:
    def test_rests_without_access_until_it_is_taken_back(self, billing: BillingService) -> None:
        billing.subscribe()
        assert billing.post("/subscription/pause?dry_run=true").json()["changed"] is True
        body = billing.post("/subscription/pause").json()
        assert (body["status"], body["plan"]) == ("paused", "free")
        assert body["subscription"]["paused"] == {"kind": "subscription", "resumes_at": None}
        billing.deliver(times=2, backwards=True)
        assert billing.shown()["has_access"] is False
        assert billing.post("/subscription/pause").json()["changed"] is False
        body = billing.post("/subscription/unpause").json()
        assert (body["status"], body["plan"]) == ("active", "pro")
        billing.deliver()
        assert billing.shown()["paused"] is None
        assert [billing.count(f"Subscription{name}") for name in ("Paused", "Unpaused")] == [1, 1]
        assert code(billing.post("/subscription/unpause")) == (409, "not_paused")

    @pytest.mark.parametrize(
        ("lives_on", "status", "plan"),
        [("own_plan", "active", "pro"), ("nothing", "paused", "free")],
    )
    def test_leaves_what_the_plan_says(
        self, billing: BillingService, lives_on: str, status: str, plan: str
    ) -> None:
        sold_by_the_seat(billing, while_paused=lives_on)
        billing.subscribe()
        body = billing.post("/subscription/pause").json()
        assert (body["status"], body["plan"]) == (status, plan)
        sold_by_the_seat(billing, while_paused="default_plan")
        billing.deliver(times=2, backwards=True)
        assert (billing.shown()["status"], billing.shown()["plan"]) == (status, plan)
        told = [
            each.data for each in billing.published() if isinstance(each.data, SubscriptionPaused)
        ]
        assert told[0].subscription.blocked is (lives_on == "nothing")
        billing.post("/subscription/unpause")
        assert (billing.shown()["status"], billing.shown()["plan"]) == ("active", "pro")

    def test_ends_when_it_was_to_end(self, billing: BillingService) -> None:
        billing.subscribe()
        end = (billing.driver.now() + timedelta(days=3)).replace(microsecond=0)
        body = billing.post("/subscription/pause", {"resumes_at": rfc3339(end)}).json()
        assert day_of(body["subscription"]["paused"]["resumes_at"]) == end
        pass_time(billing)
        billing.sweep()
        assert (billing.shown()["status"], billing.shown()["paused"]) == ("active", None)

    def test_can_be_cancelled_meanwhile(self, billing: BillingService) -> None:
        billing.subscribe()
        billing.post("/subscription/pause")
        billing.post("/subscription/cancel")
        assert billing.charging() == []

    def test_never_ends_in_the_past(self, billing: BillingService) -> None:
        billing.subscribe()
        past = rfc3339(billing.driver.now() - timedelta(days=1))
        answer = billing.post("/subscription/pause", {"resumes_at": past})
        assert code(answer) == (422, "validation_failed")


def refused(billing: BillingService) -> dict[str, str]:
    """By command the error that the answer says it would meet."""
    told = billing.reconcile()["abilities"]
    return {name: each["code"] for name, each in told.items() if not each["possible"]}


class TestAbilities:
    @every_kind
    def test_are_those_of_the_subscription_as_it_is(self, billing: BillingService) -> None:
        billing.checkout()
        assert billing.reconcile()["abilities"] == {}
        billing.subscribe()
        native = billing.gateway.capabilities.resume
        at_rest = {"resume": "cannot_resume", "unpause": "not_paused", "trial": "not_in_trial"}
        elsewhere = {"quantity": "capability_not_supported", "discount": "capability_not_supported"}
        assert refused(billing) == at_rest | ({} if native else elsewhere)
        billing.post("/subscription/pause")
        found = refused(billing)
        assert "unpause" not in found
        assert found["swap"] == "not_subscribed"
        billing.post("/subscription/unpause")
        billing.post("/subscription/cancel")
        assert ("resume" in refused(billing)) is not native


class TestElsewhere:
    @hosted
    def test_what_a_gateway_can_not_do_is_told_with_the_reason(
        self, billing: BillingService
    ) -> None:
        sold_by_the_seat(billing)
        billing.subscribe()
        for query in ("", "?dry_run=true"):
            answer = billing.post(f"/subscription/quantity{query}", {"quantity": 2})
            assert code(answer) == (409, "capability_not_supported")
            assert answer.json()["error"]["details"]["reason"]
        assert billing.post("/subscription/pause").json()["status"] == "paused"
        assert billing.post("/subscription/unpause").json()["status"] == "active"
