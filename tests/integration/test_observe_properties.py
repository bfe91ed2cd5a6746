"""Published properties of the one path: whatever order, repetition and loss the notifications
arrive with, one reconcile later the state is one and the same, and nobody pays twice."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateways.port import Capabilities, Discount, Pause, PaymentMethod, Status
from kernel.events import DomainEvent
from kernel.money import Money
from services.billing.domain.account.evolution import ACCOUNT
from services.billing.domain.account.observation import Observation
from services.billing.domain.account.observe import decide_observe
from services.billing.domain.account.state import Account
from services.billing.domain.account.subscription import ENDED, AgreedPrice
from services.billing.domain.terms import Price
from tests.support.accounts import (
    HOSTED,
    IN_PLACE,
    MONTH_END,
    NOW,
    PRO,
    TEAM,
    checked_out,
    observation,
)
from tests.support.billing_service import CAUSE, BillingService, billing_service
from tests.support.gateway_drivers import DRIVERS, open_driver
from tests.support.offers import begin, offered, sell
from tests.support.unreliable_network import Network

DECEMBER: dict[str, Any] = {"period_start": MONTH_END, "period_end": MONTH_END + timedelta(days=31)}
EURO = AgreedPrice(plan="pro", price=Price(4500, "EUR", "month"), price_ref="price_euro")
CARD: dict[str, Any] = {"payment_method": PaymentMethod("pm_1", "visa", "4242")}


def in_place() -> list[Observation]:
    """Subscribe, renew, fail, recover, swap, cancel, resume, cancel again, end."""
    return [
        observation("sub_1", "pending", 1, period_start=None, period_end=None, agreed=PRO),
        observation("sub_1", "active", 2, **CARD),
        observation("sub_1", "active", 3, **DECEMBER, **CARD),
        observation("sub_1", "past_due", 4, **DECEMBER, **CARD),
        observation("sub_1", "active", 5, **DECEMBER, **CARD),
        observation("sub_1", "active", 6, agreed=TEAM, **DECEMBER, **CARD),
        observation(
            "sub_1", "grace", 7, agreed=TEAM, cancel_at=DECEMBER["period_end"], **DECEMBER, **CARD
        ),
        observation("sub_1", "active", 8, agreed=TEAM, **DECEMBER, **CARD),
        observation(
            "sub_1",
            "cancelled",
            9,
            agreed=TEAM,
            ended_at=DECEMBER["period_end"],
            **DECEMBER,
            **CARD,
        ),
    ]


def sold_with_offers() -> list[Observation]:
    """Seats, a discount and a trial, in euros: more seats, the trial over, the discount ended, a
    pause, fewer seats, the end."""
    half = (Discount("di_1", "Half", Decimal(50)),)
    trial: dict[str, Any] = {"trial_end": MONTH_END, "agreed": EURO}
    steps: list[tuple[Status, int, dict[str, Any]]] = [
        ("trialing", 2, {**trial, "discounts": half}),
        ("trialing", 3, {**trial, "discounts": half}),
        ("active", 3, {**DECEMBER, "agreed": EURO, "discounts": half}),
        ("active", 3, {**DECEMBER, "agreed": EURO}),
        ("paused", 3, {**DECEMBER, "agreed": EURO, "paused": Pause("subscription")}),
        ("active", 1, {**DECEMBER, "agreed": EURO}),
        ("cancelled", 1, {**DECEMBER, "agreed": EURO, "ended_at": DECEMBER["period_end"]}),
    ]
    return [
        observation("sub_1", status, day, quantity=units, price=Money(4500 * units, "EUR"), **facts)
        for day, (status, units, facts) in enumerate(steps, 1)
    ]


def two_subscriptions(capabilities: Capabilities, gateway: str) -> list[Observation]:
    """A second checkout is paid while the first subscription still runs; both have their own
    troubles; the first is ended because it is not wanted any more."""
    second: dict[str, Any] = {
        "gateway": gateway,
        "capabilities": capabilities,
        "agreed": TEAM,
        "customer": "c2",
    }
    return [
        observation("sub_1", "active", 1, capabilities=capabilities),
        observation("sub_1", "past_due", 2, capabilities=capabilities, **DECEMBER),
        observation("sub_2", "active", 3, replaces="sub_1", **second),
        observation("sub_1", "active", 4, capabilities=capabilities, **DECEMBER),
        observation("sub_2", "active", 5, replaces="sub_1", **second, **DECEMBER),
        observation("sub_1", "cancelled", 6, capabilities=capabilities, ended_at=NOW, **DECEMBER),
        observation("sub_2", "past_due", 7, replaces="sub_1", **second, **DECEMBER),
    ]


def paypal_end() -> list[Observation]:
    """Cancelled at once, with time left that was paid for; no end of a period is shown any more."""
    facts: dict[str, Any] = {"capabilities": HOSTED}
    return [
        observation("sub_1", "active", 1, **facts),
        observation("sub_1", "past_due", 2, **facts),
        observation("sub_1", "active", 3, **facts),
        observation("sub_1", "cancelled", 4, period_end=None, ended_at=NOW, **facts),
    ]


HISTORIES: dict[str, Callable[[], list[Observation]]] = {
    "in place": in_place,
    "with offers": sold_with_offers,
    "two at one gateway": lambda: two_subscriptions(IN_PLACE, "stripe"),
    "two at two gateways": lambda: two_subscriptions(HOSTED, "paypal"),
    "cancelled at once": paypal_end,
}


class Watcher:
    """An account with what its store keeps beside the events: when each snapshot was taken."""

    def __init__(self) -> None:
        both = checked_out("chk_2", TEAM, before=checked_out("chk_1", PRO))
        self.account: Account = both.state
        self.seen: dict[str, datetime] = {}

    def see(self, each: Observation) -> list[DomainEvent]:
        """What that makes the account record."""
        decided = decide_observe(self.account, each, self.seen.get(each.key))
        self.account = ACCOUNT.fold(self.account, decided)
        taken = each.snapshot.fetched_at
        self.seen[each.key] = max(self.seen.get(each.key, taken), taken)
        return decided

    def state(self) -> dict[str, Any]:
        account = self.account
        return {
            "subscription": account.subscription,
            "method": account.method,
            "open": account.open_checkout,
            "to be cancelled": {k for k, each in account.orphans.items() if not each.confirmed},
        }


def latest(history: Sequence[Observation]) -> list[Observation]:
    """What a reconcile fetches: the last word on each subscription."""
    return list({each.key: each for each in history}.values())


def observed(history: Sequence[Observation], *more: Sequence[Observation]) -> Watcher:
    watcher = Watcher()
    for each in [each for part in (history, *more) for each in part]:
        watcher.see(each)
    return watcher


class TestSnapshots:
    @pytest.mark.parametrize("name", HISTORIES)
    @settings(deadline=None)
    @given(choice=st.data())
    def test_any_order_with_duplicates_and_losses_ends_in_the_same_state(
        self, name: str, choice: st.DataObject
    ) -> None:
        history = HISTORIES[name]()
        indexes = st.lists(st.integers(0, len(history) - 1), max_size=2 * len(history))
        heard = [history[index] for index in choice.draw(indexes)]
        expected = observed(history)
        found = observed(heard, latest(history))
        assert found.state() == expected.state()

    @pytest.mark.parametrize("name", HISTORIES)
    @settings(deadline=None)
    @given(choice=st.data())
    def test_whatever_has_not_ended_and_does_not_count_is_to_be_cancelled(
        self, name: str, choice: st.DataObject
    ) -> None:
        history = HISTORIES[name]()
        heard = choice.draw(st.permutations(history))
        watcher, ended = Watcher(), set()
        for each in heard[: choice.draw(st.integers(1, len(history)))]:
            watcher.see(each)
            if each.snapshot.status in ENDED:
                ended.add(each.key)
            account = watcher.account
            counts = account.subscription
            own = {f"{counts.gateway}:{counts.ref}"} if counts is not None else set()
            known = {key for key in watcher.seen if key in account.seen}
            assert known - own - ended <= set(account.orphans)

    @pytest.mark.parametrize("name", HISTORIES)
    @settings(deadline=None)
    @given(choice=st.data())
    def test_hearing_everything_again_is_no_news(self, name: str, choice: st.DataObject) -> None:
        history = HISTORIES[name]()
        watcher = observed(choice.draw(st.permutations(history)), latest(history))
        for each in choice.draw(st.permutations(history)):
            assert watcher.see(each) == []


def at_gateway(billing: BillingService) -> dict[str, Any]:
    """The truth: what the gateway charges for, in one line."""
    charging = billing.charging()
    return {"charging": len(charging), "ref": charging[0] if charging else None}


def live_through(billing: BillingService, network: Network) -> None:
    """Subscribe to two seats in euros, at half the price where that can be; renew, fail, recover,
    change the plan."""
    driver = billing.driver
    offered(billing)
    for plan in ("pro", "team"):
        sell(billing, plan, per_unit={"unit": "seat"}, prices={"EUR": 4500})
    asked = begin(billing, "HALF", quantity=2, currency="EUR")
    if asked.status_code == 409:
        asked = begin(billing, quantity=2, currency="EUR")
    first = billing.pay(asked.json())
    network.step()
    billing.reconcile()
    driver.renew(first)
    network.step()
    driver.fail_payment(first)
    network.step()
    driver.recover_payment(first)
    network.step()
    billing.reconcile()
    answer = billing.post("/subscription/swap", {"plan": "team"})
    assert answer.status_code in (200, 201), answer.text
    if answer.status_code == 201:
        billing.pay(answer.json())
    network.step()
    billing.reconcile()
    network.step()


class TestDrivers:
    @pytest.mark.parametrize(
        "seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (2, 3, 4))]
    )
    @pytest.mark.parametrize("driver_id", [each[0] for each in DRIVERS])
    def test_a_life_ends_as_its_gateway_says_whatever_the_network_did(
        self, billing_url: str, driver_id: str, seed: int
    ) -> None:
        with open_driver(driver_id) as driver:
            name = driver.gateway.name
            with billing_service(billing_url, {name: driver}) as billing:
                network = Network(billing, random.Random(seed))
                live_through(billing, network)
                billing.reconcile()
                truth, shown = at_gateway(billing), billing.shown()
                assert truth["charging"] == 1
                assert shown["subscription_ref"] == truth["ref"]
                assert (shown["plan"], shown["status"]) == ("team", "active")
                assert (shown["quantity"], shown["currency"]) == (2, "EUR")
                assert shown["amount_cents"] == (4500 if shown["discount"] else 9000)
                assert billing.post("/subscription/cancel").status_code == 200
                network.step()
                billing.reconcile()
                assert billing.shown()["status"] == "grace"
                _says_nothing_new(billing)


def _says_nothing_new(billing: BillingService) -> None:
    before = billing.events()
    billing.billing.reconcile("acme", None, CAUSE)
    billing.deliver(times=2, backwards=True)
    billing.sweep()
    assert billing.events() == before
