"""Buying an add-on: what the buyer is answered, and what is charged."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.addon_service import OWNER, ROOT, AddonService
from tests.support.answers import code
from tests.support.tokens import bearer


class TestBuyOnTheSavedCard:
    def test_a_good_card_is_charged_at_once(self, addons: AddonService) -> None:
        addons.save_card("ok")
        answer = addons.buy()
        assert answer.status_code == 201
        bought = answer.json()
        assert (bought["status"], bought["price_cents"], bought["currency"]) == (
            "paid",
            49_900,
            "EUR",
        )
        assert addons.gateway.payments.fetch(bought["charge_ref"]).status == "succeeded"
        assert addons.topics() == ["AddonPurchaseStarted", "AddonPaid"]
        assert answer.headers["x-event-position"] == f"addons:{addons.parts.store.head()}"

    @pytest.mark.parametrize(
        "shown", [{"expected_price_cents": 49901}, {"expected_currency": "USD"}]
    )
    def test_at_another_price_than_was_shown_nothing_is_begun(
        self, addons: AddonService, shown: dict[str, Any]
    ) -> None:
        addons.save_card("ok")
        answer = addons.buy(**shown)
        assert code(answer) == (409, "price_changed")
        price = answer.json()["error"]["details"]
        assert addons.topics() == []
        told = {f"expected_{name}": value for name, value in price.items()}
        assert addons.buy(**told).status_code == 201

    def test_a_declined_card_is_told_with_its_code(self, addons: AddonService) -> None:
        addons.save_card("declined")
        answer = addons.buy()
        assert code(answer) == (402, "card_declined")
        assert answer.json()["error"]["details"]["decline_code"]
        assert addons.topics() == ["AddonPurchaseStarted", "AddonPaymentFailed"]

    def test_a_card_that_asks_its_bank_is_pending_until_confirmed(
        self, addons: AddonService
    ) -> None:
        addons.save_card("3ds")
        answer = addons.buy()
        assert answer.status_code == 202
        pending = answer.json()
        assert "/sandbox/3ds/" in pending["confirmation_url"]
        addons.driver.confirm(pending["charge_ref"], succeed=True)
        assert addons.command(pending["purchase_id"], "reconcile", OWNER).json()["status"] == "paid"

    def test_a_failed_confirmation_fails_the_purchase(self, addons: AddonService) -> None:
        addons.save_card("3ds")
        pending = addons.buy().json()
        addons.driver.confirm(pending["charge_ref"], succeed=False)
        settled = addons.command(pending["purchase_id"], "reconcile", OWNER).json()
        assert (settled["status"], settled["decline_code"]) == ("failed", "authentication_failed")

    def test_the_newest_saved_method_is_charged(self, addons: AddonService) -> None:
        addons.save_card("declined")
        addons.save_card("ok")
        assert addons.buy().status_code == 201

    def test_a_method_that_is_gone_leads_to_a_hosted_checkout(self, addons: AddonService) -> None:
        addons.save_card("ok")
        with addons.database.transaction(commit=True) as cursor:
            cursor.execute("UPDATE payment_methods SET method = 'pm_gone'")
        answer = addons.buy()
        assert answer.status_code == 202
        assert "/sandbox/checkout/" in answer.json()["confirmation_url"]


class TestBuyWithoutASavedCard:
    def test_a_hosted_page_is_opened_and_paid(self, addons: AddonService) -> None:
        answer = addons.buy()
        assert answer.status_code == 202
        pending = answer.json()
        assert "/sandbox/checkout/" in pending["confirmation_url"]
        addons.pay_hosted_checkout(pending["purchase_id"])
        assert addons.command(pending["purchase_id"], "reconcile", OWNER).json()["status"] == "paid"
        assert addons.driver.effects("charge") == 1

    def test_a_decline_on_the_page_leaves_it_open(self, addons: AddonService) -> None:
        purchase_id = addons.bought()
        addons.decline_hosted_checkout(purchase_id)
        assert addons.command(purchase_id, "reconcile", OWNER).json()["status"] == "pending"
        addons.pay_hosted_checkout(purchase_id)
        assert addons.command(purchase_id, "reconcile", OWNER).json()["status"] == "paid"

    def test_the_customer_comes_back_where_the_caller_says(self, addons: AddonService) -> None:
        purchase_id = addons.bought(
            success_url="https://app.example/ok?s={CHECKOUT_SESSION_ID}",
            cancel_url="https://app.example/no",
        )
        purchase = addons.parts.purchases.get(purchase_id)
        assert purchase.success_url == "https://app.example/ok?s={CHECKOUT_SESSION_ID}"
        assert purchase.cancel_url == "https://app.example/no"

    def test_without_a_page_of_the_host_they_come_to_ours(self, addons: AddonService) -> None:
        purchase = addons.parts.purchases.get(addons.bought())
        page = addons.client.get(purchase.success_url.removeprefix("https://billing.example"))
        assert (page.status_code, page.headers["content-type"][:9]) == (200, "text/html")
        assert purchase.purchase_id not in page.text

    def test_a_position_of_billing_is_waited_for(self, addons: AddonService) -> None:
        addons.save_card("ok")
        path = "/v1/addons/workspaces/acme/purchases"
        answers = [
            addons.client.post(f"{path}?after=billing:{n}", json={"addon": "setup"}, headers=OWNER)
            for n in (7, 1_001)
        ]
        assert [code(each) for each in answers] == [
            (504, "projection_behind"),
            (409, "position_unknown"),
        ]

    @pytest.mark.parametrize(
        "body",
        [
            {"success_url": "javascript:alert(1)"},
            {"cancel_url": "https://a b"},
            {"unknown": 1},
            {"addon": "No Slug"},
        ],
    )
    def test_a_bad_body_is_refused(self, addons: AddonService, body: dict[str, Any]) -> None:
        assert code(addons.buy(**body)) == (422, "validation_failed")

    def test_a_gateway_that_is_not_configured_is_refused(self, addons: AddonService) -> None:
        assert code(addons.buy(gateway="paypal")) == (422, "gateway_not_configured")
        assert addons.topics() == []


class TestBuyOnce:
    @pytest.mark.parametrize("card", ["ok", "3ds"])
    def test_a_second_purchase_while_one_is_paid_or_pending_is_refused(
        self, addons: AddonService, card: str
    ) -> None:
        addons.save_card(card)
        first = addons.bought()
        refused = addons.buy()
        assert code(refused) == (409, "addon_already_purchased")
        assert refused.json()["error"]["details"]["purchase_id"] == first

    def test_of_twenty_racing_purchases_one_is_charged(self, addons: AddonService) -> None:
        addons.save_card("ok")
        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(lambda _: addons.buy().status_code, range(20)))
        assert Counter(answers) == {201: 1, 409: 19}
        assert addons.driver.effects("charge") == 1

    def test_after_a_failure_it_can_be_bought_again(self, addons: AddonService) -> None:
        addons.save_card("declined")
        addons.buy()
        addons.save_card("ok")
        assert addons.buy().status_code == 201
        assert addons.topics() == [
            "AddonPurchaseStarted",
            "AddonPaymentFailed",
            "AddonPurchaseStartedAgain",
            "AddonPaid",
        ]

    def test_a_delivered_one_can_be_bought_again_once_it_is_reopened(
        self, addons: AddonService
    ) -> None:
        addons.save_card("ok")
        first = addons.bought()
        addons.command(first, "deliver")
        assert addons.buy().status_code == 409
        assert addons.command(first, "reopen").status_code == 200
        assert addons.buy().status_code == 201
        assert addons.status(first) == "delivered"

    def test_the_same_idempotency_key_gets_the_same_answer(self, addons: AddonService) -> None:
        addons.save_card("ok")
        headers = {**OWNER, "idempotency-key": "buy-1"}
        first, again = addons.buy(headers), addons.buy(headers)
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.json() == again.json()

    def test_a_price_change_does_not_touch_what_was_bought(self, addons: AddonService) -> None:
        addons.save_card("3ds")
        pending = addons.buy().json()
        changed = addons.client.patch(
            "/v1/addons/catalog/setup", json={"price_cents": 99_900}, headers=ROOT
        )
        assert changed.json()["price_cents"] == 99_900
        addons.driver.confirm(pending["charge_ref"], succeed=True)
        paid = addons.command(pending["purchase_id"], "reconcile").json()
        assert (paid["status"], paid["price_cents"]) == ("paid", 49_900)
        assert addons.gateway.payments.fetch(pending["charge_ref"]).amount.amount == 49_900


class TestWhoBuys:
    @pytest.mark.parametrize("role", ["owner", "admin"])
    def test_owners_and_admins(self, addons: AddonService, role: str) -> None:
        assert addons.buy(bearer(acme=role)).status_code == 202

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
    def test_nobody_else(self, addons: AddonService, headers: dict[str, str]) -> None:
        assert code(addons.buy(headers)) == (403, "forbidden")

    def test_an_inactive_addon_is_not_there(self, addons: AddonService) -> None:
        addons.client.patch("/v1/addons/catalog/setup", json={"is_active": False}, headers=ROOT)
        assert code(addons.buy()) == (404, "addon_not_found")
        assert code(addons.buy(addon="other")) == (404, "addon_not_found")


class TestBuyCredits:
    def test_each_purchase_is_a_new_one_and_nobody_is_paged(self, addons: AddonService) -> None:
        addons.save_card("ok")
        grants = [{"meter": "tokens", "amount": 1000, "expires_in_days": 30}]
        addons.offer(slug="pack", kind="credits", grants=grants)
        first, second = (addons.buy(addon="pack").json() for _ in range(2))
        assert first["purchase_id"] != second["purchase_id"]
        assert (first["status"], first["blocks"], first["grants"]) == ("paid", False, grants)
        addons.work()
        assert "DeliveryTeamPaged" not in addons.topics(addon="pack")
        [offered] = [
            each for each in addons.show("workspaces/acme/addons")["data"] if each["slug"] == "pack"
        ]
        assert (offered["kind"], offered["grants"], offered["can_buy"]) == ("credits", grants, True)

    def test_the_same_key_buys_once(self, addons: AddonService) -> None:
        addons.save_card("ok")
        grants = [{"meter": "tokens", "amount": 1000}]
        addons.offer(slug="pack", kind="credits", grants=grants)
        headers = {**OWNER, "idempotency-key": "k1"}
        bought = {addons.buy(headers, addon="pack").json()["purchase_id"] for _ in range(2)}
        assert len(bought) == 1
