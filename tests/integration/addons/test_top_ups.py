"""Credits that are bought by themselves when metering says that few are left."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, cast

import pytest

from contracts.envelope import Envelope
from contracts.metering import CreditsLow
from gateways.port import Gateway
from services.addons.application.buy_addon import Purchasing
from services.addons.policies import when_credits_low
from tests.support.addon_environment import AddonEnvironment, addon_service
from tests.support.addon_service import OWNER, AddonService
from tests.support.answers import code
from tests.support.dying_process import Crashing, CrashPoint, ProcessDied
from tests.support.sandbox_driver import stripe_profile
from tests.support.tokens import bearer

PATH = "/v1/addons/workspaces/acme/top-ups"
WANTED = {"addon": "tokens", "below": 100}


@pytest.fixture
def crashing() -> list[Crashing]:
    return []


@pytest.fixture
def shop(site: AddonEnvironment, crashing: list[Crashing]) -> Iterator[AddonService]:
    """Its process can die around each call of its gateway."""
    grants = [{"meter": "tokens", "amount": 1000, "expires_in_days": None}]
    tokens = {"slug": "tokens", "name": "Tokens", "kind": "credits", "grants": grants}
    with stripe_profile() as driver:
        crashing.append(Crashing(driver.gateway))
        with addon_service(site, driver, gateway=cast("Gateway", crashing[0])) as opened:
            opened.offer()
            opened.offer(price_cents=900, **tokens)
            yield opened


def order_and_die(shop: AddonService) -> None:
    """The order is recorded, and its purchase not begun."""
    purchasing = Crashing(shop.parts.purchasing)
    purchasing.crash_at("buy_addon", "before")
    with pytest.raises(ProcessDied):
        replace(shop.parts.top_ups, purchasing=cast("Purchasing", purchasing)).order_due()


def set_rule(shop: AddonService, **more: Any) -> Any:
    return shop.client.put(f"{PATH}/tokens", json={**WANTED, **more}, headers=dict(OWNER))


def shown(shop: AddonService) -> dict[str, Any]:
    [rule] = shop.client.get(PATH, headers=dict(OWNER)).json()["data"]
    return dict(rule)


def rule_id(shop: AddonService) -> str:
    top_up = shop.parts.top_up_rules.load("acme", "tokens").state
    assert top_up is not None
    assert top_up.rule is not None
    return top_up.rule.rule_id


def say_low(shop: AddonService, low_id: str, rule: str | None = None) -> None:
    told = CreditsLow(
        workspace_id="acme",
        meter="tokens",
        month="2026-11",
        low_id=low_id,
        rule_id=rule or rule_id(shop),
        remaining=7,
        below=100,
    )
    event = Envelope.model_construct(service="metering", sequence=1, time=shop.clock(), data=told)
    with shop.database.transaction(commit=True) as cursor:
        when_credits_low(cursor, [event])


def charges(shop: AddonService) -> int:
    """Purchases that were paid."""
    return shop.topics(addon="tokens").count("AddonPaid")


class TestTopUps:
    def test_are_charged_once_however_often_it_is_said(self, shop: AddonService) -> None:
        shop.save_card("ok")
        answer = set_rule(shop, most_a_day=5)
        assert (answer.status_code, answer.json()["status"]) == (200, "active")
        for _ in range(3):
            say_low(shop, "low-1")
            shop.parts.top_ups.order_due()
        assert charges(shop) == 1
        say_low(shop, "low-2")
        shop.parts.top_ups.order_due()
        assert charges(shop) == 2
        assert shown(shop)["last_purchase_id"].startswith("pur_")
        types = [event.type for event in shop.published()]
        assert types.count("addons.TopUpOrdered.v1") == 2

    def test_are_charged_once_by_workers_at_once(self, shop: AddonService) -> None:
        shop.save_card("ok")
        set_rule(shop, most_a_day=2, most_a_month=2)
        for number in range(6):
            say_low(shop, f"low-{number}")
        with ThreadPoolExecutor(4) as pool:
            for done in [pool.submit(shop.parts.top_ups.order_due) for _ in range(8)]:
                done.result()
        assert charges(shop) == 2

    def test_killed_before_the_purchase_begins_are_charged_once(self, shop: AddonService) -> None:
        shop.save_card("ok")
        set_rule(shop)
        say_low(shop, "low-1")
        order_and_die(shop)
        shop.parts.top_ups.order_due()
        assert charges(shop) == 1

    @pytest.mark.parametrize("point", ["before", "after"])
    def test_killed_around_the_charge_are_charged_once(
        self, shop: AddonService, crashing: list[Crashing], point: CrashPoint
    ) -> None:
        shop.save_card("ok")
        set_rule(shop)
        say_low(shop, "low-1")
        crashing[0].crash_at("payments.charge", point)
        with pytest.raises(ProcessDied):
            shop.parts.top_ups.order_due()
        shop.parts.top_ups.order_due()
        shop.sweep()
        assert charges(shop) == shop.driver.effects("charge") == 1

    def test_a_declined_card_stops_it_until_it_is_set_again(self, shop: AddonService) -> None:
        shop.save_card("declined")
        set_rule(shop, most_a_day=5)
        say_low(shop, "low-1")
        shop.parts.top_ups.order_due()
        assert (shown(shop)["status"], shown(shop)["stopped_because"]) == (
            "stopped",
            "card_declined",
        )
        say_low(shop, "low-2")
        shop.parts.top_ups.order_due()
        assert shop.topics(addon="tokens") == ["AddonPurchaseStarted", "AddonPaymentFailed"]
        shop.save_card("ok")
        assert set_rule(shop, most_a_day=5).json()["status"] == "active"
        say_low(shop, "low-3")
        shop.parts.top_ups.order_due()
        assert charges(shop) == 1

    def test_another_price_stops_it_and_charges_nothing(self, shop: AddonService) -> None:
        shop.save_card("ok")
        set_rule(shop)
        root = bearer("super_admin", subject="root")
        path = "/v1/addons/catalog/tokens"
        assert shop.client.patch(path, json={"price_cents": 950}, headers=root).status_code == 200
        say_low(shop, "low-1")
        shop.parts.top_ups.order_due()
        assert shown(shop)["stopped_because"] == "offer_changed"
        assert shop.topics(addon="tokens") == []

    def test_what_was_ordered_is_not_begun_once_the_rule_is_removed(
        self, shop: AddonService
    ) -> None:
        shop.save_card("ok")
        set_rule(shop)
        say_low(shop, "low-1")
        order_and_die(shop)
        removed = shop.client.delete(f"{PATH}/tokens", headers=dict(OWNER))
        assert (removed.status_code, removed.json()["status"]) == (200, "removed")
        assert code(shop.client.delete(f"{PATH}/tokens", headers=dict(OWNER))) == (
            404,
            "top_up_not_found",
        )
        shop.parts.top_ups.order_due()
        assert shop.topics(addon="tokens") == []

    def test_wait_for_a_gateway_that_does_not_answer(self, shop: AddonService) -> None:
        shop.save_card("ok")
        set_rule(shop)
        say_low(shop, "low-1")
        shop.driver.break_next("timeout_after_effect", 2)
        shop.parts.top_ups.order_due()
        assert charges(shop) == 0
        shop.sweep()
        assert charges(shop) == shop.driver.effects("charge") == 1

    def test_are_not_set_without_a_card_or_at_another_price(self, shop: AddonService) -> None:
        assert code(set_rule(shop)) == (409, "no_saved_method")
        shop.save_card("ok")
        assert code(set_rule(shop, expected_price_cents=899)) == (409, "price_changed")
        assert code(set_rule(shop, addon="nothing")) == (404, "addon_not_found")
        assert set_rule(shop, addon="setup").status_code == 422
        assert shop.client.get(PATH, headers=dict(OWNER)).json() == {"data": []}
