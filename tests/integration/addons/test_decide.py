"""Deliver, cancel, refund and reopen over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from gateways.port import GatewayRejected
from tests.support.addon_house import OWNER, ROOT, AddonHouse
from tests.support.answers import code
from tests.support.tokens import bearer

OTHER = bearer(other="owner")


@pytest.fixture
def paid(house: AddonHouse) -> str:
    house.save_card("ok")
    return house.bought()


@pytest.fixture
def pending(house: AddonHouse) -> str:
    return house.bought()


class TestDeliver:
    def test_a_paid_purchase(self, house: AddonHouse, paid: str) -> None:
        answer = house.command(paid, "deliver")
        assert (answer.status_code, answer.json()["status"]) == (200, "delivered")
        assert code(house.command(paid, "deliver")) == (409, "cannot_deliver")

    def test_a_pending_one_is_refused(self, house: AddonHouse, pending: str) -> None:
        assert code(house.command(pending, "deliver")) == (409, "cannot_deliver")

    def test_an_unknown_one_is_not_found(self, house: AddonHouse) -> None:
        assert code(house.command("pur_unknown", "deliver")) == (404, "purchase_not_found")


class TestCancel:
    def test_the_page_of_a_pending_one_is_closed(self, house: AddonHouse, pending: str) -> None:
        page = house.page(pending)
        assert house.command(pending, "cancel", OWNER).json()["status"] == "cancelled"
        with pytest.raises(GatewayRejected):
            house.driver.approve(page)
        assert house.buy().status_code == 202

    def test_a_card_that_was_never_asked_is_not_charged(self, house: AddonHouse) -> None:
        house.save_card("ok")
        house.driver.break_next("timeout_before_effect", 2)
        purchase_id = house.buy().json()["error"]["details"]["purchase_id"]
        assert house.command(purchase_id, "cancel", OWNER).status_code == 200
        house.sweep()
        assert house.driver.effects("charge") == 0
        assert house.status(purchase_id) == "cancelled"

    def test_what_was_paid_meanwhile_is_not_the_buyers_to_cancel(
        self, house: AddonHouse, pending: str
    ) -> None:
        house.pay_page(pending)
        assert code(house.command(pending, "cancel", OWNER)) == (403, "forbidden")
        assert house.status(pending) == "paid"

    def test_a_paid_one_is_refunded(self, house: AddonHouse, paid: str) -> None:
        cancelled = house.command(paid, "cancel").json()
        assert (cancelled["status"], cancelled["refunded_cents"]) == ("cancelled", 49_900)
        assert house.gateway.fetch_charge(cancelled["charge_ref"]).refunded == 49_900
        assert house.buy().status_code == 201

    def test_a_confirmation_after_the_cancellation_is_refunded(self, house: AddonHouse) -> None:
        house.save_card("3ds")
        pending = house.buy().json()
        house.command(pending["purchase_id"], "cancel", OWNER)
        house.driver.confirm(pending["charge_ref"], succeed=True)
        house.deliver_webhooks()
        house.work()
        purchase = house.parts.purchases.get(pending["purchase_id"])
        assert (purchase.status, purchase.refunded_cents) == ("cancelled", 49_900)
        assert house.topics()[-3:] == ["AddonPaidTooLate", "AddonRefundStarted", "AddonRefunded"]

    def test_a_delivered_one_is_refused(self, house: AddonHouse, paid: str) -> None:
        house.command(paid, "deliver")
        assert code(house.command(paid, "cancel")) == (409, "cannot_cancel")

    def test_while_the_gateway_is_down_nothing_is_decided(
        self, house: AddonHouse, pending: str
    ) -> None:
        house.driver.break_next("server_error", 1)
        assert code(house.command(pending, "cancel", OWNER)) == (502, "gateway_unavailable")
        assert house.status(pending) == "pending"


class TestRefund:
    def test_all_of_it_ends_the_purchase(self, house: AddonHouse, paid: str) -> None:
        refunded = house.command(paid, "refund", reason="not needed").json()
        assert (refunded["status"], refunded["refunded_cents"]) == ("refunded", 49_900)
        assert house.buy().status_code == 201

    def test_a_part_leaves_it_paid(self, house: AddonHouse, paid: str) -> None:
        refunded = house.command(paid, "refund", amount_cents=9_900).json()
        assert (refunded["status"], refunded["refunded_cents"]) == ("paid", 9_900)
        assert code(house.command(paid, "refund", amount_cents=40_001)) == (
            409,
            "refund_too_large",
        )
        assert house.command(paid, "refund").json()["status"] == "refunded"
        assert code(house.command(paid, "refund")) == (409, "cannot_refund")

    def test_a_delivered_one_can_be_refunded(self, house: AddonHouse, paid: str) -> None:
        house.command(paid, "deliver")
        assert house.command(paid, "refund").json()["status"] == "refunded"

    def test_a_pending_one_can_not(self, house: AddonHouse, pending: str) -> None:
        assert code(house.command(pending, "refund")) == (409, "cannot_refund")

    def test_a_lost_answer_is_settled_by_the_sweep(self, house: AddonHouse, paid: str) -> None:
        house.driver.break_next("timeout_after_effect", 1)
        assert house.command(paid, "refund", amount_cents=9_900).status_code == 502
        assert code(house.command(paid, "refund")) == (409, "refund_in_progress")
        house.sweep()
        assert house.parts.purchases.get(paid).refunded_cents == 9_900
        assert house.driver.effects("refund") == 1

    def test_the_sweep_comes_soon_however_old_the_purchase_is(
        self, house: AddonHouse, paid: str
    ) -> None:
        house.clock.advance(timedelta(days=30))
        house.driver.break_next("timeout_before_effect", 1)
        assert house.command(paid, "refund").status_code == 502
        house.sweep()
        assert house.status(paid) == "refunded"

    def test_the_same_request_again_is_the_same_refund(self, house: AddonHouse, paid: str) -> None:
        headers = {**ROOT, "idempotency-key": "refund-1"}
        house.driver.break_next("timeout_after_effect", 1)
        assert house.command(paid, "refund", headers, amount_cents=9_900).status_code == 502
        house.sweep()
        again = house.command(paid, "refund", headers, amount_cents=9_900)
        assert (again.status_code, again.json()["refunded_cents"]) == (200, 9_900)
        assert house.driver.effects("refund") == 1

    def test_what_the_gateway_refuses_gives_nothing_back(
        self, house: AddonHouse, paid: str
    ) -> None:
        purchase = house.parts.purchases.get(paid)
        charge = house.gateway.fetch_charge(purchase.charge_ref or "")
        house.gateway.refund("by-hand", charge.ref, charge.amount, "in the dashboard")
        assert code(house.command(paid, "refund")) == (502, "refund_refused")
        assert house.status(paid) == "refunded"
        assert house.driver.effects("refund") == 1

    @pytest.mark.parametrize("amount", [0, -1, 1.5, "1", True])
    def test_a_bad_amount_is_refused(self, house: AddonHouse, paid: str, amount: Any) -> None:
        answer = house.command(paid, "refund", amount_cents=amount)
        assert code(answer) == (422, "validation_failed")


class TestReopen:
    def test_only_a_delivered_one_and_only_once(self, house: AddonHouse, paid: str) -> None:
        assert code(house.command(paid, "reopen")) == (409, "cannot_reopen")
        house.command(paid, "deliver")
        assert house.command(paid, "reopen").json()["blocks"] is False
        assert code(house.command(paid, "reopen")) == (409, "cannot_reopen")


class TestWhoDecides:
    @pytest.mark.parametrize("verb", ["deliver", "refund", "reopen"])
    @pytest.mark.parametrize("headers", [OWNER, OTHER, bearer("service"), bearer("auditor")])
    def test_the_platform_alone(
        self, house: AddonHouse, pending: str, verb: str, headers: dict[str, str]
    ) -> None:
        assert code(house.command(pending, verb, headers)) == (403, "forbidden")

    @pytest.mark.parametrize("verb", ["cancel", "reconcile"])
    def test_the_workspaces_admins_and_the_platform(
        self, house: AddonHouse, pending: str, verb: str
    ) -> None:
        for headers in (OTHER, bearer(acme="editor"), bearer("service")):
            assert code(house.command(pending, verb, headers)) == (403, "forbidden")
            assert code(house.command("pur_unknown", verb, headers)) == (403, "forbidden")
        assert house.command(pending, verb, bearer(acme="admin")).status_code == 200

    def test_a_paid_purchase_is_not_the_buyers_to_cancel(
        self, house: AddonHouse, paid: str
    ) -> None:
        assert code(house.command(paid, "cancel", OWNER)) == (403, "forbidden")
        assert house.status(paid) == "paid"
