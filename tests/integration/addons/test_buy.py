"""Buying an add-on: what the buyer is answered, and what is charged."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.addon_house import OWNER, ROOT, AddonHouse
from tests.support.answers import code
from tests.support.tokens import bearer


class TestBuyOnTheSavedCard:
    def test_a_good_card_is_charged_at_once(self, house: AddonHouse) -> None:
        house.save_card("ok")
        answer = house.buy()
        assert answer.status_code == 201
        bought = answer.json()
        assert (bought["status"], bought["price_cents"], bought["currency"]) == (
            "paid",
            49_900,
            "EUR",
        )
        assert house.gateway.fetch_charge(bought["charge_ref"]).status == "succeeded"
        assert house.topics() == ["AddonPurchaseStarted", "AddonPaid"]
        assert answer.headers["x-event-position"] == f"addons:{house.parts.store.head()}"

    def test_a_declined_card_is_told_with_its_code(self, house: AddonHouse) -> None:
        house.save_card("declined")
        answer = house.buy()
        assert code(answer) == (402, "card_declined")
        assert answer.json()["error"]["details"]["decline_code"]
        assert house.topics() == ["AddonPurchaseStarted", "AddonPaymentFailed"]

    def test_a_card_that_asks_its_bank_is_pending_until_confirmed(self, house: AddonHouse) -> None:
        house.save_card("3ds")
        answer = house.buy()
        assert answer.status_code == 202
        pending = answer.json()
        assert "/sandbox/3ds/" in pending["confirmation_url"]
        house.driver.confirm(pending["charge_ref"], succeed=True)
        assert house.command(pending["purchase_id"], "reconcile", OWNER).json()["status"] == "paid"

    def test_a_failed_confirmation_fails_the_purchase(self, house: AddonHouse) -> None:
        house.save_card("3ds")
        pending = house.buy().json()
        house.driver.confirm(pending["charge_ref"], succeed=False)
        settled = house.command(pending["purchase_id"], "reconcile", OWNER).json()
        assert (settled["status"], settled["decline_code"]) == ("failed", "authentication_failed")

    def test_the_newest_saved_method_is_charged(self, house: AddonHouse) -> None:
        house.save_card("declined")
        house.save_card("ok")
        assert house.buy().status_code == 201

    def test_a_method_that_is_gone_leads_to_a_hosted_page(self, house: AddonHouse) -> None:
        house.save_card("ok")
        with house.database.transaction(commit=True) as cursor:
            cursor.execute("UPDATE payment_methods SET method = 'pm_gone'")
        answer = house.buy()
        assert answer.status_code == 202
        assert "/sandbox/checkout/" in answer.json()["confirmation_url"]


class TestBuyWithoutASavedCard:
    def test_a_hosted_page_is_opened_and_paid(self, house: AddonHouse) -> None:
        answer = house.buy()
        assert answer.status_code == 202
        pending = answer.json()
        assert "/sandbox/checkout/" in pending["confirmation_url"]
        house.pay_page(pending["purchase_id"])
        assert house.command(pending["purchase_id"], "reconcile", OWNER).json()["status"] == "paid"
        assert house.driver.effects("charge") == 1

    def test_a_decline_on_the_page_leaves_it_open(self, house: AddonHouse) -> None:
        purchase_id = house.bought()
        house.decline_page(purchase_id)
        assert house.command(purchase_id, "reconcile", OWNER).json()["status"] == "pending"
        house.pay_page(purchase_id)
        assert house.command(purchase_id, "reconcile", OWNER).json()["status"] == "paid"

    def test_the_customer_comes_back_where_the_caller_says(self, house: AddonHouse) -> None:
        purchase_id = house.bought(
            success_url="https://app.example/ok?s={CHECKOUT_SESSION_ID}",
            cancel_url="https://app.example/no",
        )
        purchase = house.parts.purchases.get(purchase_id)
        assert purchase.success_url == "https://app.example/ok?s={CHECKOUT_SESSION_ID}"
        assert purchase.cancel_url == "https://app.example/no"

    @pytest.mark.parametrize(
        "body",
        [
            {"success_url": "javascript:alert(1)"},
            {"cancel_url": "https://a b"},
            {"unknown": 1},
            {"addon": "No Slug"},
        ],
    )
    def test_a_bad_body_is_refused(self, house: AddonHouse, body: dict[str, Any]) -> None:
        assert code(house.buy(**body)) == (422, "validation_failed")

    def test_a_gateway_that_is_not_configured_is_refused(self, house: AddonHouse) -> None:
        assert code(house.buy(gateway="paypal")) == (422, "gateway_not_configured")
        assert house.topics() == []


class TestBuyOnce:
    @pytest.mark.parametrize("card", ["ok", "3ds"])
    def test_a_second_purchase_while_one_is_paid_or_pending_is_refused(
        self, house: AddonHouse, card: str
    ) -> None:
        house.save_card(card)
        first = house.bought()
        refused = house.buy()
        assert code(refused) == (409, "addon_already_purchased")
        assert refused.json()["error"]["details"]["purchase_id"] == first

    def test_of_twenty_racing_purchases_one_is_charged(self, house: AddonHouse) -> None:
        house.save_card("ok")
        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(lambda _: house.buy().status_code, range(20)))
        assert Counter(answers) == {201: 1, 409: 19}
        assert house.driver.effects("charge") == 1

    def test_after_a_failure_it_can_be_bought_again(self, house: AddonHouse) -> None:
        house.save_card("declined")
        house.buy()
        house.save_card("ok")
        assert house.buy().status_code == 201
        assert house.topics() == [
            "AddonPurchaseStarted",
            "AddonPaymentFailed",
            "AddonPurchaseStartedAgain",
            "AddonPaid",
        ]

    def test_a_delivered_one_can_be_bought_again_once_it_is_reopened(
        self, house: AddonHouse
    ) -> None:
        house.save_card("ok")
        first = house.bought()
        house.command(first, "deliver")
        assert house.buy().status_code == 409
        assert house.command(first, "reopen").status_code == 200
        assert house.buy().status_code == 201
        assert house.status(first) == "delivered"

    def test_the_same_idempotency_key_gets_the_same_answer(self, house: AddonHouse) -> None:
        house.save_card("ok")
        headers = {**OWNER, "idempotency-key": "buy-1"}
        first, again = house.buy(headers), house.buy(headers)
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.json() == again.json()

    def test_a_price_change_does_not_touch_what_was_bought(self, house: AddonHouse) -> None:
        house.save_card("3ds")
        pending = house.buy().json()
        changed = house.client.patch(
            "/v1/addons/catalog/setup", json={"price_cents": 99_900}, headers=ROOT
        )
        assert changed.json()["price_cents"] == 99_900
        house.driver.confirm(pending["charge_ref"], succeed=True)
        paid = house.command(pending["purchase_id"], "reconcile").json()
        assert (paid["status"], paid["price_cents"]) == ("paid", 49_900)
        assert house.gateway.fetch_charge(pending["charge_ref"]).amount.amount == 49_900


class TestWhoBuys:
    @pytest.mark.parametrize("role", ["owner", "admin"])
    def test_owners_and_admins(self, house: AddonHouse, role: str) -> None:
        assert house.buy(bearer(acme=role)).status_code == 202

    @pytest.mark.parametrize(
        "headers",
        [
            bearer(acme="editor"),
            bearer(acme="viewer"),
            bearer(other="owner"),
            bearer("super_admin"),
            bearer("service"),
        ],
    )
    def test_nobody_else(self, house: AddonHouse, headers: dict[str, str]) -> None:
        assert code(house.buy(headers)) == (403, "forbidden")

    def test_an_inactive_addon_is_not_there(self, house: AddonHouse) -> None:
        house.client.patch("/v1/addons/catalog/setup", json={"is_active": False}, headers=ROOT)
        assert code(house.buy()) == (404, "addon_not_found")
        assert code(house.buy(addon="other")) == (404, "addon_not_found")
