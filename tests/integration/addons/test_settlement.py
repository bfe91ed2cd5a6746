"""Completion by webhook, by reconcile or by the sweep; crashes and lost answers in between."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import cast

import pytest

from gateways.port import Gateway
from kernel.cause import Cause
from services.addons.application.admin_decisions import RefundOrder
from services.addons.application.buy_addon import Order
from services.addons.domain.purchase.purchase import Buyer
from tests.support.addon_environment import AddonEnvironment, addon_service
from tests.support.addon_service import OWNER, AddonService, refund_by_hand
from tests.support.dying_process import Crashing, CrashPoint, ProcessDied
from tests.support.sandbox_driver import stripe_profile

CAUSE = Cause("user:ann", "req_1", "request:req_1")
ORDER = Order(workspace="acme", addon="setup", buyer=Buyer(subject="ann"))


@pytest.fixture
def crashing() -> list[Crashing]:
    return []


@pytest.fixture
def fragile(site: AddonEnvironment, crashing: list[Crashing]) -> Iterator[AddonService]:
    """A addons whose process can die around each call of its gateway."""
    with stripe_profile() as driver:
        crashing.append(Crashing(driver.gateway))
        gateway = cast(Gateway, crashing[0])
        with addon_service(site, driver, gateway=gateway) as opened:
            opened.offer()
            yield opened


class TestWebhook:
    def test_a_confirmed_card_completes_the_purchase(self, addons: AddonService) -> None:
        addons.save_card("3ds")
        pending = addons.buy().json()
        addons.driver.confirm(pending["charge_ref"], succeed=True)
        addons.deliver_webhooks()
        addons.work()
        assert addons.status(pending["purchase_id"]) == "paid"

    def test_a_paid_page_completes_the_purchase(self, addons: AddonService) -> None:
        purchase_id = addons.bought()
        addons.pay_hosted_checkout(purchase_id)
        addons.deliver_webhooks(times=3, backwards=True)
        addons.work()
        assert addons.status(purchase_id) == "paid"
        assert addons.topics().count("AddonPaid") == 1

    def test_a_refund_made_at_the_gateway_is_learned(self, addons: AddonService) -> None:
        addons.save_card("ok")
        purchase_id = addons.bought()
        refund_by_hand(addons, purchase_id)
        addons.deliver_webhooks()
        addons.work()
        assert addons.status(purchase_id) == "refunded"
        assert addons.buy().status_code == 201

    def test_a_strangers_charge_changes_nothing(self, addons: AddonService) -> None:
        addons.save_card("ok", workspace="other")
        addons.buy(headers={**OWNER}, ws="acme")
        before = addons.parts.store.head()
        addons.deliver_webhooks()
        addons.work()
        assert addons.parts.store.head() == before

    def test_a_webhook_that_came_while_the_gateway_was_down_is_not_forgotten(
        self, addons: AddonService
    ) -> None:
        purchase_id = addons.bought()
        addons.pay_hosted_checkout(purchase_id)
        addons.deliver_webhooks()
        addons.driver.break_next("server_error", 2)
        addons.work()
        assert addons.status(purchase_id) == "pending"
        addons.driver.break_next("server_error", 0)
        addons.clock.advance(timedelta(minutes=1))
        addons.work()
        assert addons.status(purchase_id) == "paid"


class TestSweep:
    def test_completes_what_no_webhook_told(self, addons: AddonService) -> None:
        purchase_id = addons.bought()
        addons.pay_hosted_checkout(purchase_id)
        addons.sweep()
        assert addons.status(purchase_id) == "paid"

    def test_a_page_that_expired_fails_the_purchase_and_frees_the_addon(
        self, addons: AddonService
    ) -> None:
        purchase_id = addons.bought()
        addons.driver.advance(timedelta(days=2))
        addons.clock.advance(timedelta(days=2))
        addons.work()
        purchase = addons.parts.purchases.get(purchase_id)
        assert (purchase.status, purchase.decline_code) == ("failed", "checkout_expired")
        assert addons.buy().status_code == 202

    def test_one_that_the_gateway_does_not_answer_for_holds_up_no_other(
        self, addons: AddonService
    ) -> None:
        addons.offer(slug="second")
        first, second = addons.bought(), addons.bought(addon="second")
        addons.pay_hosted_checkout(first)
        addons.pay_hosted_checkout(second)
        addons.driver.break_next("server_error", 1)
        addons.sweep()
        assert sorted([addons.status(first), addons.status(second)]) == ["paid", "pending"]
        addons.clock.advance(timedelta(minutes=1))
        addons.work()
        assert [addons.status(first), addons.status(second)] == ["paid", "paid"]

    def test_what_a_look_has_changed_is_looked_at_again_soon(self, addons: AddonService) -> None:
        purchase_id = addons.bought()
        addons.clock.advance(timedelta(days=30))
        addons.pay_hosted_checkout(purchase_id)
        addons.parts.sweep.settle_due()
        assert addons.status(purchase_id) == "paid"
        addons.clock.advance(timedelta(minutes=2))
        assert addons.parts.sweep.settle_due() == 1

    def test_what_is_settled_is_left_alone_once_no_bank_can_take_it_back(
        self, addons: AddonService
    ) -> None:
        addons.save_card("ok")
        addons.bought()
        for looked_at in (1, 1, 0):
            addons.clock.advance(timedelta(days=60))
            assert addons.parts.sweep.settle_due() == looked_at


class TestLostAnswer:
    def test_one_is_asked_for_again_at_once(self, addons: AddonService) -> None:
        addons.save_card("ok")
        addons.driver.break_next("timeout_after_effect", 1)
        assert addons.buy().status_code == 201
        assert addons.driver.effects("charge") == 1

    def test_an_outage_is_told_and_settled_by_the_sweep(self, addons: AddonService) -> None:
        addons.save_card("ok")
        addons.driver.break_next("timeout_after_effect", 2)
        answer = addons.buy()
        assert answer.status_code == 502
        purchase_id = answer.json()["error"]["details"]["purchase_id"]
        assert addons.buy().status_code == 409
        addons.sweep()
        assert addons.status(purchase_id) == "paid"
        assert addons.driver.effects("charge") == 1

    def test_the_same_request_again_is_the_same_purchase(self, addons: AddonService) -> None:
        addons.save_card("ok")
        headers = {**OWNER, "idempotency-key": "buy-1"}
        addons.driver.break_next("timeout_after_effect", 2)
        assert addons.buy(headers).status_code == 502
        assert addons.buy(headers).status_code == 201
        assert addons.driver.effects("charge") == 1
        assert addons.topics().count("AddonPurchaseStarted") == 1


class TestCrash:
    @pytest.mark.parametrize("point", ["before", "after"])
    @pytest.mark.parametrize("card", ["ok", "3ds", "declined", None])
    def test_around_the_charge_neither_charges_twice_nor_forgets(
        self,
        fragile: AddonService,
        crashing: list[Crashing],
        card: str | None,
        point: CrashPoint,
    ) -> None:
        if card:
            fragile.save_card(card)
        call = "payments.charge" if card else "checkouts.start_payment"
        crashing[0].crash_at(call, point)
        with pytest.raises(ProcessDied):
            fragile.parts.purchasing.buy_addon(ORDER, CAUSE)
        assert fragile.buy().status_code == 409
        fragile.sweep()
        [purchase] = fragile.show("workspaces/acme/purchases")["data"]
        wanted = {"ok": "paid", "3ds": "pending", "declined": "failed", None: "pending"}
        assert purchase["status"] == wanted[card]
        assert (purchase["confirmation_url"] is None) == (card in ("ok", "declined"))
        assert fragile.driver.effects("charge" if card else "checkout") == 1

    @pytest.mark.parametrize("point", ["before", "after"])
    def test_around_a_refund_gives_the_money_back_once(
        self, fragile: AddonService, crashing: list[Crashing], point: CrashPoint
    ) -> None:
        fragile.save_card("ok")
        purchase_id = fragile.bought()
        crashing[0].crash_at("payments.refund", point)
        with pytest.raises(ProcessDied):
            fragile.parts.decisions.cancel_purchase(purchase_id, CAUSE)
        assert fragile.status(purchase_id) == "cancelled"
        fragile.sweep()
        assert fragile.parts.purchases.get(purchase_id).refunded_cents == 49_900
        assert fragile.driver.effects("refund") == 1

    def test_at_a_refused_refund_forgets_nothing_that_was_given_back_by_hand(
        self, fragile: AddonService, crashing: list[Crashing]
    ) -> None:
        fragile.save_card("ok")
        purchase_id = fragile.bought()
        refund_by_hand(fragile, purchase_id)
        crashing[0].crash_at("payments.fetch", "before")
        with pytest.raises(ProcessDied):
            fragile.parts.decisions.refund_purchase(
                RefundOrder(purchase_id=purchase_id, amount_cents=9_900, reason="sorry"), CAUSE
            )
        assert fragile.topics()[-1] == "AddonRefundStarted"
        fragile.sweep()
        assert fragile.status(purchase_id) == "refunded"
        assert fragile.driver.effects("refund") == 1
