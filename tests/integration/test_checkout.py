"""From a chosen plan to a subscription: checkout, webhook, reconcile, read model, API."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.answers import code
from tests.support.billing_house import BACK, ROOT, SUCCESS, BillingHouse
from tests.support.tokens import bearer


class TestStartCheckout:
    def test_it_answers_with_the_hosted_page(self, house: BillingHouse) -> None:
        started = house.checkout()
        assert set(started) == {"checkout_id", "url", "gateway"}
        assert started["url"].startswith("http")
        shown = house.shown()
        assert (shown["plan"], shown["status"]) == ("free", None)
        assert shown["checkout"]["url"] == started["url"]

    def test_the_webhook_subscribes(self, house: BillingHouse) -> None:
        reference = house.subscribe()
        shown = house.shown()
        assert (shown["plan"], shown["status"]) == ("pro", "active")
        assert (shown["subscription_ref"], shown["price_cents"]) == (reference, 4900)
        assert shown["checkout"] is None

    def test_reconcile_does_the_same_without_a_webhook(self, house: BillingHouse) -> None:
        house.pay(house.checkout())
        body = house.reconcile()
        assert (body["plan"], body["status"]) == ("pro", "active")
        assert house.shown()["plan"] == "pro"
        house.deliver(times=2, backwards=True)
        house.reconcile()
        assert house.count("PlanSubscribed") == 1

    def test_the_same_key_opens_the_same_page(self, house: BillingHouse) -> None:
        key = {"idempotency-key": "once"}
        first, second = house.checkout(headers=key), house.checkout(headers=key)
        assert first == second
        assert house.driver.effects("checkout") == 1

    def test_a_second_one_abandons_the_first(self, house: BillingHouse) -> None:
        first, second = house.checkout("pro"), house.checkout("team")
        page = house.page(first["checkout_id"])
        assert house.gateway.fetch_checkout(page.ref).status == "expired"
        assert house.shown()["checkout"]["checkout_id"] == second["checkout_id"]
        house.deliver()
        assert house.account.checkouts[first["checkout_id"]].state == "closed"

    def test_a_declined_card_leaves_the_page_open(self, house: BillingHouse) -> None:
        started = house.checkout()
        house.driver.decline(house.page(started["checkout_id"]))
        house.deliver()
        assert house.reconcile()["plan"] == "free"
        house.pay(started)
        assert house.reconcile()["plan"] == "pro"

    def test_the_saved_card_is_known_afterwards(self, house: BillingHouse) -> None:
        house.subscribe()
        assert house.count("PaymentMethodSaved") == 1
        assert house.account.method is not None
        assert house.account.method.last4 == "4242"


class TestReconcile:
    def test_a_session_that_is_not_ours_is_of_no_consequence(self, house: BillingHouse) -> None:
        assert house.reconcile(session_id="cs_unknown")["plan"] == "free"
        assert house.events() == []

    def test_a_workspace_without_any_history_is_on_the_default_plan(
        self, house: BillingHouse
    ) -> None:
        body = house.reconcile()
        assert (body["plan"], body["status"], body["subscription"]) == ("free", None, None)
        assert house.events() == []

    def test_a_page_whose_record_was_lost_is_adopted_by_its_session(
        self, house: BillingHouse
    ) -> None:
        reference = house.pay(house.checkout())
        session = next(iter(house.account.checkouts.values())).ref
        with house.database.transaction(commit=True) as cursor:
            cursor.execute("DELETE FROM billing_events WHERE originator_id = 'account:acme'")
            cursor.execute("TRUNCATE accounts, gateway_objects")
        body = house.reconcile(session_id=session)
        assert (body["plan"], body["subscription"]["subscription_ref"]) == ("pro", reference)

    def test_another_workspace_gets_nothing_of_it(self, house: BillingHouse) -> None:
        house.pay(house.checkout())
        session = next(iter(house.account.checkouts.values())).ref
        answer = house.client.post(
            "/v1/billing/workspaces/rival/reconcile",
            json={"session_id": session},
            headers=bearer(rival="owner"),
        )
        assert answer.json()["plan"] == "free"
        assert house.events("rival") == []


class TestCheckoutRefusals:
    @pytest.mark.parametrize(
        ("body", "refusal"),
        [
            ({"plan": "nowhere"}, (404, "plan_not_found")),
            ({"plan": "enterprise"}, (409, "plan_local_only")),
            ({"gateway": "cash"}, (422, "gateway_not_configured")),
            ({"success_url": "javascript:alert(1)"}, (422, "validation_failed")),
            ({"plan": "../etc"}, (422, "validation_failed")),
            ({"surprise": True}, (422, "validation_failed")),
        ],
    )
    def test_bad_input_gets_its_error(
        self, house: BillingHouse, body: dict[str, Any], refusal: tuple[int, str]
    ) -> None:
        good = {
            "plan": "pro",
            "gateway": "sandbox",
            "success_url": SUCCESS,
            "cancel_url": BACK,
        }
        assert code(house.post("/checkout", {**good, **body})) == refusal

    def test_the_plan_one_has_is_not_sold_again(self, house: BillingHouse) -> None:
        house.subscribe()
        answer = house.post(
            "/checkout",
            {"plan": "pro", "gateway": "sandbox", "success_url": SUCCESS, "cancel_url": BACK},
        )
        assert code(answer) == (409, "already_subscribed")

    def test_an_inactive_plan_is_not_sold_and_who_has_it_keeps_it(
        self, house: BillingHouse
    ) -> None:
        house.subscribe()
        house.client.patch("/v1/billing/plans/pro", json={"is_active": False}, headers=ROOT)
        house.client.patch("/v1/billing/plans/team", json={"is_active": False}, headers=ROOT)
        answer = house.post("/subscription/swap", {"plan": "team"})
        assert code(answer) == (409, "plan_inactive")
        assert house.reconcile()["plan"] == "pro"

    @pytest.mark.parametrize("role", ["editor", "viewer"])
    def test_only_managers_may(self, house: BillingHouse, role: str) -> None:
        answer = house.post("/subscription/cancel", headers=bearer(acme=role))
        assert code(answer) == (403, "forbidden")
