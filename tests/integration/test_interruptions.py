"""A crash between intent and outcome at every step, and lost answers: one outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, cast, get_args

import pytest

from gateways.port import Gateway, GatewayUnavailable
from services.billing.application.start_checkout import CheckoutCommand
from services.billing.application.swap_plan import SwapCommand
from tests.support.billing_service import BACK, CAUSE, SUCCESS, BillingService, billing_service
from tests.support.dying_process import Crashing, CrashPoint, ProcessDied
from tests.support.gateway_driver import Fault
from tests.support.gateway_drivers import open_driver

Step = Callable[[BillingService], object]
PRO = CheckoutCommand("pro", "sandbox", SUCCESS, BACK)
TEAM = CheckoutCommand("team", "sandbox", SUCCESS, BACK)


@contextmanager
def opened(kind: str, url: str, *, dies: bool = False) -> Iterator[BillingService]:
    with open_driver(kind) as driver:
        wrap = _crashing if dies else (lambda gateway: gateway)
        with billing_service(url, {"sandbox": driver}, wrap=wrap) as billing:
            yield billing


def _crashing(gateway: Gateway) -> Gateway:
    return cast("Gateway", Crashing(gateway))


def nothing(_: BillingService) -> None:
    """There is nothing to prepare."""


def subscribe(billing: BillingService) -> None:
    billing.subscribe()


def subscribe_and_cancel(billing: BillingService) -> None:
    billing.subscribe()
    billing.billing.cancel_subscription("acme", CAUSE)


def pay_for_another(billing: BillingService) -> None:
    billing.subscribe()
    billing.pay(billing.checkout("team"))


def check_out(billing: BillingService) -> None:
    billing.billing.start_checkout("acme", PRO, CAUSE)


def cancel(billing: BillingService) -> None:
    billing.billing.cancel_subscription("acme", CAUSE)


def resume(billing: BillingService) -> None:
    billing.billing.resume_subscription("acme", CAUSE)


def swap(billing: BillingService) -> None:
    billing.billing.swap_plan("acme", SwapCommand("team", SUCCESS, BACK), CAUSE)


def reconcile(billing: BillingService) -> None:
    billing.billing.reconcile("acme", None, CAUSE)


def summary(billing: BillingService) -> dict[str, Any]:
    """What must be the same wherever it crashed."""
    account = billing.account
    live = account.live
    return {
        "plan": live.plan if live else None,
        "status": live.status if live else None,
        "cancel_at": live.cancel_at is not None if live else None,
        "charging": len(billing.charging()),
        "checkouts": sorted(
            (each.agreed.plan, each.state, bool(each.ref)) for each in account.checkouts.values()
        ),
        "pages": billing.driver.effects("checkout"),
        "refunds": billing.driver.effects("refund"),
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
RARE = {"activation", "cancel at once", "cancel in silence", "resume", "swap by checkout"}


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
        for point in get_args(CrashPoint):
            for call in range(20):
                found = _outcome(billing_url, kind, prepare, act, (call, point))
                if found is None:
                    break
                crashes += 1
                assert found == expected, f"died {point} call {call}"
        assert crashes >= 2


def _unsettled(billing: BillingService) -> object:
    return billing.account.change


def _outcome(
    url: str, kind: str, prepare: Step, act: Step, crash: tuple[int, CrashPoint] | None
) -> dict[str, Any] | None:
    """After the sweep; None when the command never came to that call."""
    with opened(kind, url, dies=True) as billing:
        prepare(billing)
        gateway = cast("Crashing", billing.billing.gateways["sandbox"])
        if crash is not None:
            gateway.crash_behind(*crash)
        with suppress(ProcessDied):
            act(billing)
        if gateway.forget():
            return None
        for _ in range(3):
            billing.sweep()
        billing.read_inbox()
        return summary(billing)


class TestLostAnswers:
    @pytest.mark.parametrize("fault", get_args(Fault))
    def test_a_cancellation_is_repeated_as_the_same_command(
        self, billing: BillingService, fault: Fault
    ) -> None:
        billing.subscribe()
        billing.driver.break_next(fault)
        with pytest.raises(GatewayUnavailable):
            cancel(billing)
        assert _unsettled(billing) is not None
        assert billing.reconcile()["status"] == "grace"
        assert _unsettled(billing) is None

    @pytest.mark.parametrize("fault", get_args(Fault))
    def test_a_checkout_opens_one_page(self, billing: BillingService, fault: Fault) -> None:
        billing.driver.break_next(fault)
        with pytest.raises(GatewayUnavailable):
            check_out(billing)
        billing.sweep()
        assert billing.driver.effects("checkout") == 1
        assert billing.shown()["checkout"]["url"].startswith("http")

    def test_reconcile_says_that_the_gateway_is_down(self, billing: BillingService) -> None:
        billing.subscribe()
        billing.driver.break_next("server_error", calls=5)
        answer = billing.post("/reconcile")
        assert (answer.status_code, answer.json()["error"]["code"]) == (502, "gateway_unavailable")
        assert billing.shown()["plan"] == "pro"
