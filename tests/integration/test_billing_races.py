"""Commands, webhooks and reconcilers of one workspace at once: one outcome."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from kernel.errors import Conflict
from services.billing.application.start_checkout import CheckoutCommand
from services.billing.domain.account.confirm_change import Acceptance, decide_confirm_change
from services.billing.domain.account.swap import decide_swap
from tests.support.billing_service import BACK, CAUSE, SUCCESS, BillingService
from tests.support.billing_steps import paypal

PRO = CheckoutCommand("pro", "sandbox", SUCCESS, BACK)
TEAM = CheckoutCommand("team", "sandbox", SUCCESS, BACK)


def cancel(billing: BillingService) -> None:
    billing.billing.cancel_subscription("acme", CAUSE)


def reconcile(billing: BillingService) -> None:
    billing.billing.reconcile("acme", None, CAUSE)


class TestRaces:
    def test_of_two_checkouts_at_once_one_is_open(self, billing: BillingService) -> None:
        start = threading.Barrier(2)

        def begin(command: CheckoutCommand) -> bool:
            start.wait()
            try:
                billing.billing.start_checkout("acme", command, CAUSE)
            except Conflict:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            won = list(pool.map(begin, [PRO, TEAM]))
        assert any(won)
        billing.sweep()
        states = sorted(each.state for each in billing.account.checkouts.values())
        assert states == ["closed", "open"]

    @paypal
    def test_both_pages_paid_leave_one_subscription(self, billing: BillingService) -> None:
        pages = [billing.checkout("pro"), billing.checkout("team")]
        references = [billing.pay(page) for page in pages]
        billing.deliver(times=2, backwards=True)
        billing.sweep()
        assert billing.charging() == [references[1]]
        assert billing.shown()["plan"] == "team"
        assert billing.count("OrphanSubscriptionCancelled") == 1
        assert billing.driver.effects("refund") == 1

    def test_a_cancellation_survives_the_webhook_of_a_renewal(
        self, billing: BillingService
    ) -> None:
        reference = billing.subscribe()
        billing.driver.renew(reference)
        renewal = billing.driver.deliveries()
        cancel(billing)
        for delivery in renewal:
            billing.receive(delivery)
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(lambda _: billing.read_inbox(), range(3)))
        billing.deliver()
        assert billing.shown()["status"] == "grace"

    def test_many_reconcilers_and_webhooks_make_one_fact(self, billing: BillingService) -> None:
        billing.pay(billing.checkout())
        for name, delivery in billing.deliveries():
            billing.receive(delivery, name)

        def work(number: int) -> None:
            (billing.read_inbox if number % 2 else lambda: reconcile(billing))()

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(work, range(6)))
        assert billing.count("PlanSubscribed") == 1
        assert billing.count("CheckoutClosed") == 0

    def test_what_was_fetched_before_the_latest_word_changes_nothing(
        self, billing: BillingService
    ) -> None:
        reference = billing.subscribe()
        early = replace(billing.gateway.subscriptions.fetch(reference), status="past_due")
        billing.reconcile()
        before = billing.events()
        billing.billing.observations.observe("acme", early, CAUSE)
        assert billing.events() == before
        assert billing.shown()["status"] == "active"

    def test_a_command_is_confirmed_although_a_webhook_saw_its_effect_first(
        self, billing: BillingService
    ) -> None:
        reference = billing.subscribe()
        command = "swap_1"
        agreed = billing.billing.plans.agreed_price("team", "sandbox", CAUSE)
        at, capabilities = billing.driver.now(), billing.gateway.capabilities
        asked = billing.billing.accounts.record(
            "acme",
            lambda account: decide_swap(account, command, agreed, "prorate", capabilities, at),
            CAUSE,
        )
        assert asked.change is not None
        accepted = Acceptance(
            change=asked.change, capabilities=capabilities, at=at, effective_at=at
        )
        billing.gateway.subscriptions.swap(command, reference, agreed.price_ref, "prorate")
        ours = billing.gateway.subscriptions.fetch(reference)
        billing.deliver()
        billing.billing.observations.observe(
            "acme",
            ours,
            CAUSE,
            lambda account: decide_confirm_change(account, accepted),
        )
        assert billing.account.change is None
        assert billing.shown()["plan"] == "team"

    def test_two_cancellations_at_once_schedule_one(self, billing: BillingService) -> None:
        billing.subscribe()
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda _: cancel(billing), range(2)))
        billing.reconcile()
        assert billing.count("CancellationScheduled") == 1
        assert billing.account.change is None
