"""A crash between intent and outcome at every step, lost answers, and races: one outcome."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any, cast, get_args

import pytest

from gateways.port import Gateway, GatewayUnavailable
from kernel.errors import Conflict
from services.billing.application.checkouts import Wish
from tests.support.billing_house import BACK, CAUSE, SUCCESS, BillingHouse, billing_house
from tests.support.dying_process import Crashing, Moment, ProcessDied
from tests.support.gateway_driver import Fault
from tests.support.gateway_drivers import open_driver

Step = Callable[[BillingHouse], object]
WISH = Wish("pro", "sandbox", SUCCESS, BACK)
TEAM = Wish("team", "sandbox", SUCCESS, BACK)


@contextmanager
def opened(kind: str, url: str, *, dies: bool = False) -> Iterator[BillingHouse]:
    with open_driver(kind) as driver:
        wrap = _crashing if dies else (lambda gateway: gateway)
        with billing_house(url, {"sandbox": driver}, wrap=wrap) as house:
            yield house


def _crashing(gateway: Gateway) -> Gateway:
    return cast("Gateway", Crashing(gateway))


def nothing(_: BillingHouse) -> None:
    """There is nothing to prepare."""


def subscribe(house: BillingHouse) -> None:
    house.subscribe()


def subscribe_and_cancel(house: BillingHouse) -> None:
    house.subscribe()
    house.billing.subscriptions.cancel("acme", CAUSE)


def pay_for_another(house: BillingHouse) -> None:
    house.subscribe()
    house.pay(house.checkout("team"))


def check_out(house: BillingHouse) -> None:
    house.billing.checkouts.start_checkout("acme", WISH, CAUSE)


def check_out_again(house: BillingHouse) -> None:
    house.billing.checkouts.start_checkout("acme", WISH, CAUSE)
    house.billing.checkouts.start_checkout("acme", TEAM, CAUSE)


def cancel(house: BillingHouse) -> None:
    house.billing.subscriptions.cancel("acme", CAUSE)


def resume(house: BillingHouse) -> None:
    house.billing.subscriptions.resume("acme", CAUSE)


def swap(house: BillingHouse) -> None:
    house.billing.subscriptions.swap("acme", "team", (SUCCESS, BACK), CAUSE)


def reconcile(house: BillingHouse) -> None:
    house.billing.reconciling.reconcile("acme", None, CAUSE)


def summary(house: BillingHouse) -> dict[str, Any]:
    """What must be the same wherever it crashed."""
    account = house.account
    live = account.live
    return {
        "plan": live.plan if live else None,
        "status": live.status if live else None,
        "cancel_at": live.cancel_at is not None if live else None,
        "charging": len(house.charging()),
        "checkouts": sorted(
            (each.deal.plan, each.state, bool(each.ref)) for each in account.checkouts.values()
        ),
        "pages": house.driver.effects("checkout"),
        "refunds": house.driver.effects("refund"),
        "orphans": [each.confirmed for each in account.orphans.values()],
        "unsettled": account.change is not None or bool(account.refunds_due),
    }


STEPS: list[tuple[str, str, Step, Step]] = [
    ("checkout", "sandbox-stripe", nothing, check_out),
    ("cancel", "sandbox-stripe", subscribe, cancel),
    ("cancel at once", "sandbox-paypal", subscribe, cancel),
    ("cancel in silence", "sandbox-razorpay", subscribe, cancel),
    ("resume", "sandbox-stripe", subscribe_and_cancel, resume),
    ("swap in place", "sandbox-stripe", subscribe, swap),
    ("swap by checkout", "sandbox-paypal", subscribe, swap),
    ("activation", "sandbox-paypal", pay_for_another, reconcile),
]
# What the others cover in most of their steps.
RARE = {"cancel at once", "cancel in silence", "resume", "swap by checkout"}


class TestCrash:
    @pytest.mark.parametrize(
        ("kind", "prepare", "act"),
        [
            pytest.param(*each[1:], id=each[0], marks=[pytest.mark.slow] * (each[0] in RARE))
            for each in STEPS
        ],
    )
    def test_the_sweep_finishes_what_was_begun(
        self, billing_url: str, kind: str, prepare: Step, act: Step
    ) -> None:
        expected = _outcome(billing_url, kind, prepare, act, None)
        crashes = 0
        for moment in get_args(Moment):
            for call in range(20):
                found = _outcome(billing_url, kind, prepare, act, (call, moment))
                if found is None:
                    break
                crashes += 1
                assert found == expected, f"died {moment} call {call}"
        assert crashes >= 2


def _unsettled(house: BillingHouse) -> object:
    return house.account.change


def _outcome(
    url: str, kind: str, prepare: Step, act: Step, crash: tuple[int, Moment] | None
) -> dict[str, Any] | None:
    """After the sweep; None when the command never came to that call."""
    with opened(kind, url, dies=True) as house:
        prepare(house)
        gateway = cast("Crashing", house.billing.gateways["sandbox"])
        if crash is not None:
            gateway.crash_behind(*crash)
        with suppress(ProcessDied):
            act(house)
        if gateway.forget():
            return None
        for _ in range(3):
            house.sweep()
        house.read_inbox()
        return summary(house)


class TestLostAnswers:
    @pytest.mark.parametrize("fault", get_args(Fault))
    def test_a_cancellation_is_repeated_as_the_same_command(
        self, house: BillingHouse, fault: Fault
    ) -> None:
        house.subscribe()
        house.driver.break_next(fault)
        with pytest.raises(GatewayUnavailable):
            cancel(house)
        assert _unsettled(house) is not None
        assert house.reconcile()["status"] == "grace"
        assert _unsettled(house) is None

    @pytest.mark.parametrize("fault", get_args(Fault))
    def test_a_checkout_opens_one_page(self, house: BillingHouse, fault: Fault) -> None:
        house.driver.break_next(fault)
        with pytest.raises(GatewayUnavailable):
            check_out(house)
        house.sweep()
        assert house.driver.effects("checkout") == 1
        assert house.shown()["checkout"]["url"].startswith("http")

    def test_reconcile_says_that_the_gateway_is_down(self, house: BillingHouse) -> None:
        house.subscribe()
        house.driver.break_next("server_error", calls=5)
        answer = house.post("/reconcile")
        assert (answer.status_code, answer.json()["error"]["code"]) == (502, "gateway_unavailable")
        assert house.shown()["plan"] == "pro"


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

    def test_both_pages_paid_leave_one_subscription(self, billing_url: str) -> None:
        with opened("sandbox-paypal", billing_url) as house:
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
        assert _unsettled(house) is None
        assert house.shown()["plan"] == "team"

    def test_two_cancellations_at_once_schedule_one(self, house: BillingHouse) -> None:
        house.subscribe()
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda _: cancel(house), range(2)))
        house.reconcile()
        assert house.count("CancellationScheduled") == 1
        assert house.account.change is None
