"""What a dry run says is what happens then: at every gateway, whatever the subscription carries."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest

from kernel.clock import rfc3339
from tests.support.billing_service import OWNER, ROOT, BillingService, billing_service
from tests.support.billing_steps import pass_time
from tests.support.gateway_drivers import DRIVERS, open_driver
from tests.support.offers import begin, offered, sell
from tests.support.razorpay_driver import RazorpayDriver

PERCENTS = (10, 33.33, 50)
OFFERS = (10, 50)
WAITING = ("swap", "quantity", "discount")
METHODS = ("card", "card_abroad", "upi")
CHANGES = ("swap", "quantity", "discount", "discount_end", "pause", "unpause", "trial")


def customer_of(billing: BillingService, chance: random.Random) -> None:
    """Somebody with seats, perhaps a discount, perhaps in a trial, who may choose."""
    at_razorpay = isinstance(billing.driver, RazorpayDriver)
    percents = chance.choices(OFFERS if at_razorpay else PERCENTS, k=2)
    for name, percent in zip(("FIRST", "SECOND"), percents, strict=True):
        offered(billing, name, percent=percent, gateway_offers=made_there(billing, percent))
    if isinstance(billing.driver, RazorpayDriver):
        billing.driver.double.method = chance.choice(METHODS)
    trial = {"trial_days": 14} if chance.random() < 0.4 else {}
    for plan, flat in (("pro", 0.0), ("team", 0.4)):
        unit = {"unit": "seat", "max": 50, "min": chance.choice((1, 2)) if flat else 1}
        sell(billing, plan, per_unit=None if chance.random() < flat else unit, **trial)
    wish: dict[str, Any] = {"quantity": chance.randint(1, 5)}
    if chance.random() < 0.6:
        wish["discount"] = "FIRST"
    answer = begin(billing, **wish)
    if answer.status_code == 409:  # no discounts there
        answer = begin(billing, quantity=wish["quantity"])
    billing.pay(answer.json())
    billing.deliver()
    settings = {"plan_change": chance.choice(("prorate", "next_cycle", "auto"))}
    url = "/v1/billing/workspaces/acme/settings"
    billing.client.patch(url, json=settings, headers=OWNER)


def made_there(billing: BillingService, percent: float) -> dict[str, str]:
    """The discount as its gateway's dashboard calls it."""
    if not isinstance(billing.driver, RazorpayDriver):
        return {}
    return {"razorpay": billing.driver.double.make_offer(int(percent))}


def asked(billing: BillingService, change: str, chance: random.Random, query: str = "") -> Any:
    later = rfc3339((billing.driver.now() + timedelta(days=40)).replace(microsecond=0))
    url = "/v1/billing/workspaces/acme/subscription"
    if change == "discount_end":
        return billing.client.delete(f"{url}/discount{query}", headers=OWNER)
    bodies: dict[str, Any] = {
        "swap": {"plan": "team" if billing.shown()["plan"] == "pro" else "pro"},
        "quantity": {"quantity": chance.randint(1, 9)},
        "discount": {"code": "SECOND"},
        "trial": {"ends_at": later},
    }
    headers = ROOT if change == "trial" else OWNER
    return billing.post(f"/subscription/{change}{query}", bodies.get(change), headers=headers)


def try_change(billing: BillingService, change: str, chance: random.Random) -> None:
    state, before = chance.getstate(), billing.events()
    foreseen = asked(billing, change, chance, "?dry_run=true")
    assert billing.events() == before
    chance.setstate(state)
    done = asked(billing, change, chance)
    if foreseen.status_code != 200:
        assert (foreseen.status_code, foreseen.json()) == (done.status_code, done.json())
        return
    told = foreseen.json()
    assert done.status_code == (201 if told["needs_checkout"] else 200), done.text
    if told["needs_checkout"]:
        billing.pay(done.json())
    billing.deliver()
    if (told["effective_at"] or "") > rfc3339(billing.driver.now()) and change in WAITING:
        pass_time(billing)
        billing.sweep()
    seen = billing.shown()
    assert (seen["amount_cents"], seen["currency"]) == (told["amount_cents"], told["currency"])
    assert told["changed"] is (billing.events() != before)


class TestForeseen:
    @pytest.mark.parametrize(
        "seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 6))]
    )
    @pytest.mark.parametrize(
        "driver_id",
        [
            pytest.param(name, marks=[pytest.mark.slow] * (not name.startswith("sandbox")))
            for name, _ in DRIVERS
        ],
    )
    def test_amounts_are_those_that_are_charged(
        self, billing_url: str, driver_id: str, seed: int
    ) -> None:
        chance = random.Random(seed)
        with (
            open_driver(driver_id) as driver,
            billing_service(billing_url, {driver.gateway.name: driver}) as billing,
        ):
            customer_of(billing, chance)
            for change in [*chance.choices(CHANGES, k=4), "cancel", "resume"]:
                try_change(billing, change, chance)
