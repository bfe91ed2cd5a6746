"""Every state has a way out also when answers of the real protocols get lost on the way."""

from __future__ import annotations

import random

import pytest

from services.billing.domain.account.schedule import is_unsettled
from tests.integration.test_dead_ends import STATES
from tests.support.billing_service import BACK, SUCCESS, billing_service
from tests.support.gateway_driver import Fault
from tests.support.gateway_drivers import open_driver

# Those that come at once; a double that only waits takes as long as the client's patience.
FAULTS: tuple[Fault, ...] = (
    "timeout_after_effect",
    "timeout_before_effect",
    "server_error",
    "refused",
)
MOST = 3
ORDER = {"plan": "pro-yearly", "success_url": SUCCESS, "cancel_url": BACK}
PATHS = ("/reconcile", "/subscription/cancel", "/subscription/resume", "/subscription/swap")


@pytest.mark.slow
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("kind", ["stripe", "paypal", "razorpay"])
class TestLostAnswers:
    def test_who_tries_again_gets_a_new_plan(self, billing_url: str, kind: str, state: str) -> None:
        chance = random.Random(f"{kind} {state}")
        with open_driver(kind) as driver, billing_service(billing_url, {kind: driver}) as billing:
            STATES[state](billing)
            for path in PATHS:
                driver.break_next(chance.choice(FAULTS), calls=chance.randint(1, MOST))
                body = {"plan": "team"} if path.endswith("swap") else None
                assert billing.post(path, body).status_code != 500
            answer = billing.post("/checkout", ORDER | {"gateway": kind})
            for _ in range(len(PATHS) * MOST):
                if answer.status_code == 502:
                    answer = billing.post("/checkout", ORDER | {"gateway": kind})
            billing.pay(answer.json())
            billing.deliver(times=2, backwards=True)
            billing.sweep()
            assert billing.reconcile()["plan"] == "pro-yearly"
            assert len(billing.charging()) == 1
            assert not is_unsettled(billing.account)
