"""Swaps that a bank refuses or asks about, and beside what people changed, at Stripe and at the
sandbox that imitates it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from gateways.port import PlanSpec
from kernel.money import Money
from tests.support.answers import code
from tests.support.billing_service import BillingService, billing_service
from tests.support.gateway_driver import DashboardDriver
from tests.support.gateway_drivers import CHANGED_BY_HAND, open_dashboard_driver
from tests.support.gateway_steps import synced

ELSEWHERE = PlanSpec("elsewhere", "Elsewhere", Money(2_900, "USD"), "month")


@dataclass
class Subscribed:
    billing: BillingService
    driver: DashboardDriver
    ref: str

    def confirmation(self) -> str:
        """The invoice that a swap waits for."""
        waiting = self.driver.gateway.subscriptions.fetch(self.ref).open_invoice
        assert waiting is not None
        return waiting.ref

    def plan(self) -> str:
        self.billing.deliver()
        return str(self.billing.reconcile()["plan"])


@pytest.fixture(params=CHANGED_BY_HAND)
def acme(request: pytest.FixtureRequest, billing_url: str) -> Iterator[Subscribed]:
    with (
        open_dashboard_driver(str(request.param)) as driver,
        billing_service(billing_url, {driver.gateway.name: driver}) as billing,
    ):
        yield Subscribed(billing, driver, billing.subscribe())


class TestAtTheBank:
    def test_a_declined_card_changes_nothing(self, acme: Subscribed) -> None:
        acme.driver.by_hand.set_card(acme.ref, "declined")
        answer = acme.billing.post("/subscription/swap", {"plan": "pro-yearly"})
        assert code(answer) == (402, "card_declined")
        assert acme.plan() == "pro"
        acme.driver.by_hand.set_card(acme.ref, "ok")
        assert acme.billing.post("/subscription/swap", {"plan": "pro-yearly"}).status_code == 200
        assert acme.plan() == "pro-yearly"

    def test_a_confirmation_makes_the_change(self, acme: Subscribed) -> None:
        acme.driver.by_hand.set_card(acme.ref, "3ds")
        answer = acme.billing.post("/subscription/swap", {"plan": "pro-yearly"})
        assert answer.status_code == 202
        assert answer.json()["confirmation_url"].startswith("http")
        assert acme.plan() == "pro"
        acme.driver.confirm(acme.confirmation(), succeed=True)
        assert acme.plan() == "pro-yearly"
        assert acme.billing.shown()["interval"] == "year"

    def test_asking_twice_leads_to_one_confirmation(self, acme: Subscribed) -> None:
        acme.driver.by_hand.set_card(acme.ref, "3ds")
        answers = [
            acme.billing.post("/subscription/swap", {"plan": "pro-yearly"}).json() for _ in range(2)
        ]
        assert answers[0] == answers[1]


class TestBesideWhatPeopleDid:
    def test_another_plan_of_theirs_is_not_undone(self, acme: Subscribed) -> None:
        price = synced(acme.driver, ELSEWHERE).price
        acme.driver.by_hand.plan_price(acme.ref, price)
        answer = acme.billing.post("/subscription/swap", {"plan": "team"})
        assert code(answer) == (409, "changed_by_hand")
        planned = acme.driver.gateway.subscriptions.fetch(acme.ref).planned
        assert planned is not None
        assert planned.price_ref == price

    def test_an_unpaid_period_gives_nothing_back(self, acme: Subscribed) -> None:
        acme.billing.post("/subscription/swap", {"plan": "team"})
        acme.driver.renew(acme.ref)
        acme.driver.fail_payment(acme.ref)
        acme.billing.deliver()
        dry = acme.billing.post("/subscription/swap?dry_run=true", {"plan": "pro"}).json()
        assert dry["proration"]["amount_cents"] == 0

    def test_a_deleted_customer_subscribes_again(self, acme: Subscribed) -> None:
        acme.driver.by_hand.delete_customer(acme.ref)
        assert acme.plan() == "free"
        acme.billing.subscribe("team")
        assert acme.plan() == "team"
        assert len(acme.billing.charging()) == 1
