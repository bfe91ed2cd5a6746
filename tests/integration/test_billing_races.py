"""Commands, webhooks and reconcilers of one workspace at once: one outcome."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from kernel.errors import Conflict
from services.billing.application.checkouts import Wish
from tests.support.billing_house import BACK, CAUSE, SUCCESS, BillingHouse
from tests.support.billing_steps import paypal

WISH = Wish("pro", "sandbox", SUCCESS, BACK)
TEAM = Wish("team", "sandbox", SUCCESS, BACK)


def cancel(house: BillingHouse) -> None:
    house.billing.subscriptions.cancel("acme", CAUSE)


def reconcile(house: BillingHouse) -> None:
    house.billing.reconciling.reconcile("acme", None, CAUSE)


class TestRaces:
    def test_of_two_checkouts_at_once_one_is_open(self, house: BillingHouse) -> None:
        start = threading.Barrier(2)

        def begin(wish: Wish) -> bool:
            start.wait()
            try:
                house.billing.checkouts.start_checkout("acme", wish, CAUSE)
            except Conflict:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            won = list(pool.map(begin, [WISH, TEAM]))
        assert any(won)
        house.sweep()
        states = sorted(each.state for each in house.account.checkouts.values())
        assert states == ["closed", "open"]

    @paypal
    def test_both_pages_paid_leave_one_subscription(self, house: BillingHouse) -> None:
        pages = [house.checkout("pro"), house.checkout("team")]
        references = [house.pay(page) for page in pages]
        house.deliver(times=2, backwards=True)
        house.sweep()
        assert house.charging() == [references[1]]
        assert house.shown()["plan"] == "team"
        assert house.count("OrphanSubscriptionCancelled") == 1
        assert house.driver.effects("refund") == 1

    def test_a_cancellation_survives_the_webhook_of_a_renewal(self, house: BillingHouse) -> None:
        reference = house.subscribe()
        house.driver.renew(reference)
        renewal = house.driver.deliveries()
        cancel(house)
        for delivery in renewal:
            house.receive(delivery)
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(lambda _: house.read_inbox(), range(3)))
        house.deliver()
        assert house.shown()["status"] == "grace"

    def test_many_reconcilers_and_webhooks_make_one_fact(self, house: BillingHouse) -> None:
        house.pay(house.checkout())
        for name, delivery in house.deliveries():
            house.receive(delivery, name)

        def work(number: int) -> None:
            (house.read_inbox if number % 2 else lambda: reconcile(house))()

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(work, range(6)))
        assert house.count("PlanSubscribed") == 1
        assert house.count("CheckoutClosed") == 0

    def test_what_was_fetched_before_the_latest_word_changes_nothing(
        self, house: BillingHouse
    ) -> None:
        reference = house.subscribe()
        early = replace(house.gateway.fetch_subscription(reference), status="past_due")
        house.reconcile()
        before = house.events()
        house.billing.observations.observe("acme", early, CAUSE)
        assert house.events() == before
        assert house.shown()["status"] == "active"

    def test_a_command_is_confirmed_although_a_webhook_saw_its_effect_first(
        self, house: BillingHouse
    ) -> None:
        reference = house.subscribe()
        command = "swap_1"
        deal = house.billing.checkouts.deal_for("team", "sandbox", CAUSE)
        at, rules = house.driver.now(), house.gateway.capabilities
        house.billing.observations.record(
            "acme", lambda account: account.request_swap(command, deal, "prorate", rules, at), CAUSE
        )
        house.gateway.swap(command, reference, deal.price_ref, "prorate")
        ours = house.gateway.fetch_subscription(reference)
        house.deliver()
        house.billing.observations.observe(
            "acme", ours, CAUSE, lambda account: account.confirm_change(command, rules, at, at)
        )
        assert house.account.change is None
        assert house.shown()["plan"] == "team"

    def test_two_cancellations_at_once_schedule_one(self, house: BillingHouse) -> None:
        house.subscribe()
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda _: cancel(house), range(2)))
        house.reconcile()
        assert house.count("CancellationScheduled") == 1
        assert house.account.change is None
