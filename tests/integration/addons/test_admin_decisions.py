"""Deliver, cancel, refund and reopen over HTTP."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any, cast

import pytest

from gateways.port import GatewayRejected
from kernel.cause import SWEEP
from services.addons.domain.purchase.cancel import decide_cancel
from tests.support.addon_service import OWNER, ROOT, AddonService, refund_by_hand
from tests.support.answers import code
from tests.support.gateway_driver import MoneyDriver
from tests.support.tokens import bearer

OTHER = bearer(other="owner")


@pytest.fixture
def paid(addons: AddonService) -> str:
    addons.save_card("ok")
    return addons.bought()


@pytest.fixture
def pending(addons: AddonService) -> str:
    return addons.bought()


class TestDeliver:
    def test_a_paid_purchase(self, addons: AddonService, paid: str) -> None:
        answer = addons.command(paid, "deliver")
        assert (answer.status_code, answer.json()["status"]) == (200, "delivered")
        assert code(addons.command(paid, "deliver")) == (409, "cannot_deliver")

    def test_a_pending_one_is_refused(self, addons: AddonService, pending: str) -> None:
        assert code(addons.command(pending, "deliver")) == (409, "cannot_deliver")

    def test_an_unknown_one_is_not_found(self, addons: AddonService) -> None:
        assert code(addons.command("pur_unknown", "deliver")) == (404, "purchase_not_found")


class TestCancel:
    def test_the_page_of_a_pending_one_is_closed(self, addons: AddonService, pending: str) -> None:
        checkout = addons.hosted_checkout(pending)
        assert addons.command(pending, "cancel", OWNER).json()["status"] == "cancelled"
        with pytest.raises(GatewayRejected):
            addons.driver.approve(checkout)
        assert addons.buy().status_code == 202

    def test_a_card_that_was_never_asked_is_not_charged(self, addons: AddonService) -> None:
        addons.save_card("ok")
        addons.driver.break_next("timeout_before_effect", 2)
        purchase_id = addons.buy().json()["error"]["details"]["purchase_id"]
        assert addons.command(purchase_id, "cancel", OWNER).status_code == 200
        addons.sweep()
        assert addons.driver.effects("charge") == 0
        assert addons.status(purchase_id) == "cancelled"

    def test_what_was_paid_meanwhile_goes_back(self, addons: AddonService, pending: str) -> None:
        addons.pay_hosted_checkout(pending)
        cancelled = addons.command(pending, "cancel", OWNER).json()
        assert (cancelled["status"], cancelled["refunded_cents"]) == ("cancelled", 49_900)

    @pytest.mark.parametrize("caller", [OWNER, ROOT, bearer("support")])
    def test_a_paid_one_is_refunded(
        self, addons: AddonService, paid: str, caller: dict[str, str]
    ) -> None:
        cancelled = addons.command(paid, "cancel", caller, reason="changed our mind").json()
        assert (cancelled["status"], cancelled["refunded_cents"]) == ("cancelled", 49_900)
        assert addons.gateway.payments.fetch(cancelled["charge_ref"]).refunded == 49_900
        assert addons.buy().status_code == 201

    def test_what_waits_for_the_bank_is_closed(self, addons: AddonService) -> None:
        addons.save_card("3ds")
        pending = addons.buy().json()
        addons.command(pending["purchase_id"], "cancel", OWNER)
        addons.driver.confirm(pending["charge_ref"], succeed=True)
        assert addons.gateway.payments.fetch(pending["charge_ref"]).status == "cancelled"

    def test_a_confirmation_beside_the_cancellation_is_refunded(self, addons: AddonService) -> None:
        addons.save_card("3ds")
        pending = addons.buy().json()
        decide = partial(decide_cancel, purchase_id=pending["purchase_id"], refund_id="rfd_1")
        addons.parts.purchases.decide(
            pending["purchase_id"], SWEEP, lambda state, now: decide(state, at=now)
        )
        addons.driver.confirm(pending["charge_ref"], succeed=True)
        addons.deliver_webhooks()
        addons.work()
        purchase = addons.parts.purchases.get(pending["purchase_id"])
        assert (purchase.status, purchase.refunded_cents) == ("cancelled", 49_900)
        assert addons.topics()[-3:] == ["AddonPaidTooLate", "AddonRefundStarted", "AddonRefunded"]

    def test_a_delivered_one_is_refused(self, addons: AddonService, paid: str) -> None:
        addons.command(paid, "deliver")
        assert code(addons.command(paid, "cancel")) == (409, "cannot_cancel")

    def test_while_the_gateway_is_down_nothing_is_decided(
        self, addons: AddonService, pending: str
    ) -> None:
        addons.driver.break_next("server_error", 1)
        assert code(addons.command(pending, "cancel", OWNER)) == (502, "gateway_unavailable")
        assert addons.status(pending) == "pending"


class TestRefund:
    def test_all_of_it_ends_the_purchase(self, addons: AddonService, paid: str) -> None:
        refunded = addons.command(paid, "refund", reason="not needed").json()
        assert (refunded["status"], refunded["refunded_cents"]) == ("refunded", 49_900)
        assert addons.buy().status_code == 201

    def test_a_part_leaves_it_paid(self, addons: AddonService, paid: str) -> None:
        refunded = addons.command(paid, "refund", amount_cents=9_900).json()
        assert (refunded["status"], refunded["refunded_cents"]) == ("paid", 9_900)
        assert code(addons.command(paid, "refund", amount_cents=40_001)) == (
            409,
            "refund_too_large",
        )
        assert addons.command(paid, "refund").json()["status"] == "refunded"
        assert code(addons.command(paid, "refund")) == (409, "cannot_refund")

    def test_a_delivered_one_can_be_refunded(self, addons: AddonService, paid: str) -> None:
        addons.command(paid, "deliver")
        assert addons.command(paid, "refund").json()["status"] == "refunded"

    def test_a_pending_one_can_not(self, addons: AddonService, pending: str) -> None:
        assert code(addons.command(pending, "refund")) == (409, "cannot_refund")

    def test_a_lost_answer_is_settled_by_the_sweep(self, addons: AddonService, paid: str) -> None:
        addons.driver.break_next("timeout_after_effect", 1)
        assert addons.command(paid, "refund", amount_cents=9_900).status_code == 502
        assert code(addons.command(paid, "refund")) == (409, "refund_in_progress")
        addons.sweep()
        assert addons.parts.purchases.get(paid).refunded_cents == 9_900
        assert addons.driver.effects("refund") == 1

    def test_the_sweep_comes_soon_however_old_the_purchase_is(
        self, addons: AddonService, paid: str
    ) -> None:
        addons.clock.advance(timedelta(days=30))
        addons.driver.break_next("timeout_before_effect", 1)
        assert addons.command(paid, "refund").status_code == 502
        addons.sweep()
        assert addons.status(paid) == "refunded"

    def test_the_same_request_again_is_the_same_refund(
        self, addons: AddonService, paid: str
    ) -> None:
        headers = {**ROOT, "idempotency-key": "refund-1"}
        addons.driver.break_next("timeout_after_effect", 1)
        assert addons.command(paid, "refund", headers, amount_cents=9_900).status_code == 502
        addons.sweep()
        again = addons.command(paid, "refund", headers, amount_cents=9_900)
        assert (again.status_code, again.json()["refunded_cents"]) == (200, 9_900)
        assert addons.driver.effects("refund") == 1

    def test_what_the_gateway_refuses_gives_nothing_back(
        self, addons: AddonService, paid: str
    ) -> None:
        bank = cast(MoneyDriver, addons.driver)
        bank.open_dispute(addons.parts.purchases.get(paid).charge_ref or "")
        assert code(addons.command(paid, "refund")) == (502, "refund_refused")
        assert addons.topics()[-2:] == ["AddonRefundFailed", "AddonDisputed"]
        assert addons.driver.effects("refund") == 0

    def test_what_was_given_back_by_hand_is_not_refused(
        self, addons: AddonService, paid: str
    ) -> None:
        refund_by_hand(addons, paid)
        assert addons.command(paid, "refund").json()["status"] == "refunded"
        assert addons.topics()[-2:] == ["AddonRefundFailed", "AddonRefunded"]
        assert addons.driver.effects("refund") == 1

    @pytest.mark.parametrize("amount", [0, -1, 1.5, "1", True])
    def test_a_bad_amount_is_refused(self, addons: AddonService, paid: str, amount: Any) -> None:
        answer = addons.command(paid, "refund", amount_cents=amount)
        assert code(answer) == (422, "validation_failed")


class TestReopen:
    def test_only_a_delivered_one_and_only_once(self, addons: AddonService, paid: str) -> None:
        assert code(addons.command(paid, "reopen")) == (409, "cannot_reopen")
        addons.command(paid, "deliver")
        assert addons.command(paid, "reopen").json()["blocks"] is False
        assert code(addons.command(paid, "reopen")) == (409, "cannot_reopen")


class TestWhoDecides:
    def test_support_neither_delivers_nor_reopens(self, addons: AddonService, paid: str) -> None:
        for verb in ("deliver", "reopen"):
            assert code(addons.command(paid, verb, bearer("support"))) == (403, "forbidden")

    @pytest.mark.parametrize("verb", ["deliver", "refund", "reopen"])
    @pytest.mark.parametrize("headers", [OWNER, OTHER, bearer("service"), bearer("auditor")])
    def test_the_platform_alone(
        self, addons: AddonService, pending: str, verb: str, headers: dict[str, str]
    ) -> None:
        assert code(addons.command(pending, verb, headers)) == (403, "forbidden")

    @pytest.mark.parametrize("verb", ["cancel", "reconcile"])
    def test_the_workspaces_admins_and_the_platform(
        self, addons: AddonService, pending: str, verb: str
    ) -> None:
        for headers in (OTHER, bearer(acme="editor"), bearer("service")):
            assert code(addons.command(pending, verb, headers)) == (403, "forbidden")
            assert code(addons.command("pur_unknown", verb, headers)) == (403, "forbidden")
        assert addons.command(pending, verb, bearer(acme="admin")).status_code == 200

    def test_support_refunds_and_says_why(self, addons: AddonService, paid: str) -> None:
        refunded = addons.command(paid, "refund", bearer("support"), reason="not as described")
        assert refunded.json()["status"] == "refunded"
        [shown] = addons.show("workspaces/acme/purchases", bearer("support"))["data"]
        assert shown["steps"][-1]["reason"] == "not as described"
