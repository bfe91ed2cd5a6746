"""What is given and told of trials and of old customers, as people complain of it in public."""

from __future__ import annotations

from datetime import timedelta

from contracts.billing import PaymentFailed
from gateways.port import Checkout
from tests.support.answers import code
from tests.support.billing_service import CAUSE, OWNER, BillingService, billing_service
from tests.support.billing_steps import every_kind, pass_time
from tests.support.gateway_drivers import open_driver
from tests.support.offers import begin, offered, sell
from tests.support.tokens import bearer


def declines_after_trial(billing: BillingService) -> list[bool]:
    """Of each payment that failed, whether it was the first since a trial."""
    told = (each.data for each in billing.published())
    return [each.after_trial for each in told if isinstance(each, PaymentFailed)]


class TestTrials:
    def test_one_that_is_cancelled_and_resumed_is_the_same(self, billing: BillingService) -> None:
        sell(billing, "pro", trial_days=14)
        billing.subscribe()
        ends_at = billing.shown()["trial_ends_at"]
        billing.post("/subscription/cancel")
        billing.post("/subscription/resume")
        billing.deliver(backwards=True)
        seen = billing.shown()
        assert (seen["status"], seen["trial_ends_at"]) == ("trialing", ends_at)
        assert [billing.count(f"Trial{name}") for name in ("Started", "Ended")] == [1, 0]

    @every_kind
    def test_a_decline_at_its_end_is_told_as_that(self, billing: BillingService) -> None:
        sell(billing, "pro", trial_days=14)
        ref = billing.subscribe()
        billing.driver.fail_payment(ref)
        billing.deliver()
        assert billing.shown()["status"] == "past_due"
        assert declines_after_trial(billing) == [True]
        assert billing.count("TrialConverted") == 0
        billing.driver.recover_payment(ref)
        billing.deliver()
        billing.sweep()
        assert (billing.shown()["status"], billing.count("TrialConverted")) == ("active", 1)
        billing.driver.fail_payment(ref)
        billing.deliver()
        assert declines_after_trial(billing) == [True, False]

    def test_a_plan_that_was_chosen_meanwhile_begins_when_it_ends(
        self, billing: BillingService
    ) -> None:
        sell(billing, "pro", trial_days=14)
        ref = billing.subscribe()
        url = "/v1/billing/workspaces/acme/settings"
        billing.client.patch(url, json={"plan_change": "next_cycle"}, headers=OWNER)
        billing.post("/subscription/swap", {"plan": "team"})
        assert (billing.shown()["plan"], billing.shown()["status"]) == ("pro", "trialing")
        pass_time(billing)
        billing.sweep()
        assert (billing.shown()["plan"], billing.shown()["status"]) == ("team", "active")
        invoices = billing.gateway.subscriptions.invoices(None, ref)
        assert [each.paid for each in invoices] == [9900, 0]

    def test_is_not_begun_by_a_swap(self, billing: BillingService) -> None:
        sell(billing, "team", trial_days=14)
        billing.subscribe()
        billing.post("/subscription/swap", {"plan": "team"})
        billing.deliver()
        assert (billing.shown()["plan"], billing.shown()["status"]) == ("team", "active")
        assert billing.count("TrialStarted") == 0


class TestOldCustomers:
    def test_come_back_in_another_currency_once_nothing_runs(self, billing: BillingService) -> None:
        sell(billing, "pro", prices={"EUR": 4500})
        ref = billing.pay(begin(billing, currency="EUR").json())
        billing.deliver()
        assert code(begin(billing)) == (409, "already_subscribed")
        billing.gateway.subscriptions.cancel("by_hand", ref, at_period_end=False)
        billing.deliver()
        billing.pay(begin(billing).json())
        billing.deliver()
        assert (billing.shown()["currency"], billing.shown()["amount_cents"]) == ("USD", 4900)

    def test_a_discount_of_another_currency_does_not_hold(self, billing: BillingService) -> None:
        sell(billing, "pro", prices={"EUR": 4500})
        offered(billing, "FIVE", percent=None, amount_cents=500, currency="EUR")
        answer = begin(billing, "FIVE")
        assert code(answer) == (409, "discount_not_applicable")
        billing.pay(begin(billing, "FIVE", currency="EUR").json())
        billing.deliver()
        assert billing.shown()["amount_cents"] == 4000


class TestTrialRestarted:
    def test_by_cancelling_and_coming_back_by_another_interval(
        self, billing: BillingService
    ) -> None:
        sell(billing, "pro", trial_days=14)
        sell(billing, "pro-yearly", trial_days=14, family="pro")
        billing.subscribe()
        billing.post("/subscription/cancel")
        pass_time(billing)
        billing.sweep()
        assert billing.shown()["status"] == "cancelled"
        billing.subscribe("pro-yearly")
        assert (billing.shown()["status"], billing.count("TrialStarted")) == ("active", 1)

    def test_by_a_second_page(self, billing: BillingService) -> None:
        sell(billing, "pro", trial_days=14)
        billing.checkout()
        billing.pay(billing.checkout())
        billing.deliver()
        assert len(billing.charging()) == 1
        assert billing.count("TrialStarted") == 1

    def test_in_another_workspace_where_each_payer_has_one(self, billing_url: str) -> None:
        with (
            open_driver("sandbox-stripe") as driver,
            billing_service(
                billing_url, {driver.gateway.name: driver}, trials_once_per_payer=True
            ) as billing,
        ):
            sell(billing, "pro", trial_days=14)
            assert _has_trial(billing, "acme", "ann")
            assert _has_trial(billing, "acme", "ann")
            assert not _has_trial(billing, "bell", "Ann+2")
            assert _has_trial(billing, "bell", "bob")
            driver.advance(timedelta(days=2))
            billing.sweep()
            assert _has_trial(billing, "core", "ann")
            billing.billing.erase_workspace("core", CAUSE)
            assert _has_trial(billing, "dyne", "ann")

    def test_by_a_card_that_had_one_where_each_payer_has_one(self, billing_url: str) -> None:
        with (
            open_driver("sandbox-stripe") as driver,
            billing_service(
                billing_url, {driver.gateway.name: driver}, trials_once_per_payer=True
            ) as billing,
        ):
            sell(billing, "pro", trial_days=14)
            _pays(billing, "acme", "ann")
            refused = _pays(billing, "bell", "bob")
            billing.sweep()
            assert _status(billing, "acme") == "trialing"
            assert _status(billing, "bell") == "cancelled"
            invoices = billing.gateway.subscriptions.invoices(None, refused)
            assert sum(each.paid for each in invoices) == 0
            assert not _has_trial(billing, "bell", "bob")
            billing.post("/subscription/cancel")
            billing.billing.erase_workspace("acme", CAUSE)
            _pays(billing, "core", "cid")
            billing.sweep()
            assert _status(billing, "core") == "trialing"

    def test_a_cancelled_trial_is_never_charged(self, billing: BillingService) -> None:
        sell(billing, "pro", trial_days=14)
        ref = billing.subscribe()
        billing.post("/subscription/cancel")
        seen = billing.shown()
        assert (seen["status"], seen["has_access"]) == ("grace", True)
        assert seen["cancel_at"] == seen["trial_ends_at"]
        pass_time(billing)
        billing.sweep()
        assert billing.shown()["status"] == "cancelled"
        invoices = billing.gateway.subscriptions.invoices(None, ref)
        assert sum(each.paid for each in invoices) == 0


def _has_trial(billing: BillingService, workspace: str, person: str) -> bool:
    """Of a checkout that is begun for the workspace."""
    headers = bearer(subject=person, **{workspace: "owner"})
    answer = begin(billing, workspace=workspace, headers=headers)
    account = billing.billing.accounts.find(workspace)
    assert account is not None
    return account.checkouts[answer.json()["checkout_id"]].trial is not None


def _pays(billing: BillingService, workspace: str, person: str) -> str:
    """With the same good card as everybody."""
    headers = bearer(subject=person, **{workspace: "owner"})
    started = begin(billing, workspace=workspace, headers=headers).json()
    account = billing.billing.accounts.find(workspace)
    assert account is not None
    known = account.checkouts[started["checkout_id"]]
    billing.driver.approve(Checkout(known.ref, known.url, known.expires_at))
    billing.deliver()
    reference = billing.gateway.checkouts.fetch(known.ref).subscription
    assert reference is not None
    return reference


def _status(billing: BillingService, workspace: str) -> str | None:
    account = billing.billing.accounts.find(workspace)
    assert account is not None
    return account.subscription.status if account.subscription is not None else None
