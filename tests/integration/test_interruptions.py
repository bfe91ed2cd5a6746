"""A crash between intent and outcome at every step, and lost answers: one outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, cast, get_args

import pytest

from gateways.port import Gateway, GatewayUnavailable
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
