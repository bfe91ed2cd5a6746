"""From a chosen plan to a subscription: checkout, webhook, reconcile, read model, API."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.answers import code
from tests.support.billing_service import BACK, ROOT, SUCCESS, BillingService
from tests.support.billing_steps import every_kind
from tests.support.paypal_driver import PayPalDriver
from tests.support.sandbox_driver import SandboxDriver
from tests.support.tokens import bearer


class TestStartCheckout:
    def test_it_answers_with_the_hosted_page(self, billing: BillingService) -> None:
        started = billing.checkout()
        assert set(started) == {"checkout_id", "url", "gateway"}
        assert started["url"].startswith("http")
        shown = billing.shown()
        assert (shown["plan"], shown["status"]) == ("free", None)
        assert shown["checkout"]["url"] == started["url"]

    def test_the_webhook_subscribes(self, billing: BillingService) -> None:
        reference = billing.subscribe()
        shown = billing.shown()
        assert (shown["plan"], shown["status"]) == ("pro", "active")
        assert (shown["subscription_ref"], shown["price_cents"]) == (reference, 4900)
        assert shown["checkout"] is None

    def test_reconcile_does_the_same_without_a_webhook(self, billing: BillingService) -> None:
        billing.pay(billing.checkout())
        body = billing.reconcile()
        assert (body["plan"], body["status"]) == ("pro", "active")
        assert billing.shown()["plan"] == "pro"
        billing.deliver(times=2, backwards=True)
        billing.reconcile()
        assert billing.count("PlanSubscribed") == 1

    def test_a_price_that_its_gateway_forgot_is_made_again(self, billing: BillingService) -> None:
        billing.checkout()
        assert isinstance(billing.driver, SandboxDriver)
        billing.driver.forget_prices()
        reference = billing.subscribe()
        shown = billing.shown()
        assert (shown["plan"], shown["status"]) == ("pro", "active")
        assert (shown["subscription_ref"], shown["price_cents"]) == (reference, 4900)

    @pytest.mark.parametrize("billing", ["paypal"], indirect=True)
    def test_a_price_that_was_taken_off_sale_by_hand_is_sold_again(
        self, billing: BillingService
    ) -> None:
        billing.checkout()
        assert isinstance(billing.driver, PayPalDriver)
        for plan in billing.driver.double.plans.values():
            plan["status"] = "INACTIVE"
        billing.subscribe()
        assert (billing.shown()["plan"], billing.shown()["status"]) == ("pro", "active")

    def test_the_same_key_opens_the_same_page(self, billing: BillingService) -> None:
        key = {"idempotency-key": "once"}
        first, second = billing.checkout(headers=key), billing.checkout(headers=key)
        assert first == second
        assert billing.driver.effects("checkout") == 1

    def test_a_second_one_abandons_the_first(self, billing: BillingService) -> None:
        first, second = billing.checkout("pro"), billing.checkout("team")
        page = billing.page(first["checkout_id"])
        assert billing.gateway.checkouts.fetch(page.ref).status == "expired"
        assert billing.shown()["checkout"]["checkout_id"] == second["checkout_id"]
        billing.deliver()
        assert billing.account.checkouts[first["checkout_id"]].state == "closed"

    def test_a_declined_card_leaves_the_page_open(self, billing: BillingService) -> None:
        started = billing.checkout()
        billing.driver.decline(billing.page(started["checkout_id"]))
        billing.deliver()
        assert billing.reconcile()["plan"] == "free"
        billing.pay(started)
        assert billing.reconcile()["plan"] == "pro"

    def test_the_saved_card_is_known_afterwards(self, billing: BillingService) -> None:
        billing.subscribe()
        assert billing.count("PaymentMethodSaved") == 1
        assert billing.account.method is not None
        assert billing.account.method.last4 == "4242"


class TestExpectedPrice:
    """Price seen is price charged."""

    def ask(self, billing: BillingService, path: str, plan: str, **expected: Any) -> Any:
        pages = {"success_url": SUCCESS, "cancel_url": BACK}
        gateway = {"gateway": billing.gateway.name} if path == "/checkout" else {}
        return billing.post(path, {"plan": plan, **gateway, **pages, **expected})

    def reprice(self, billing: BillingService, slug: str, cents: int) -> None:
        url = f"/v1/billing/plans/{slug}"
        assert billing.client.patch(url, json={"price_cents": cents}, headers=ROOT).is_success

    def test_what_was_shown_is_charged(self, billing: BillingService) -> None:
        shown = {"expected_price_cents": 4900, "expected_currency": "USD"}
        assert self.ask(billing, "/checkout", "pro", **shown).status_code == 201

    @pytest.mark.parametrize(
        "shown",
        [
            {"expected_price_cents": 4900},
            {"expected_price_cents": 5900, "expected_currency": "EUR"},
        ],
    )
    def test_another_price_begins_nothing(
        self, billing: BillingService, shown: dict[str, Any]
    ) -> None:
        self.reprice(billing, "pro", 5900)
        answer = self.ask(billing, "/checkout", "pro", **shown)
        assert code(answer) == (409, "price_changed")
        assert answer.json()["error"]["details"] == {"price_cents": 5900, "currency": "USD"}
        assert billing.events() == []
        assert billing.driver.effects("checkout") == 0

    @every_kind
    def test_a_swap_is_held_to_it_too(self, billing: BillingService) -> None:
        billing.subscribe()
        self.reprice(billing, "team", 10900)
        answer = self.ask(billing, "/subscription/swap", "team", expected_price_cents=9900)
        assert code(answer) == (409, "price_changed")
        assert billing.reconcile()["plan"] == "pro"


class TestReconcile:
    def test_a_session_that_is_not_ours_is_of_no_consequence(self, billing: BillingService) -> None:
        assert billing.reconcile(session_id="cs_unknown")["plan"] == "free"
        assert billing.events() == []

    def test_a_workspace_without_any_history_is_on_the_default_plan(
        self, billing: BillingService
    ) -> None:
        body = billing.reconcile()
        assert (body["plan"], body["status"], body["subscription"]) == ("free", None, None)
        assert billing.events() == []

    def test_a_page_whose_record_was_lost_is_adopted_by_its_session(
        self, billing: BillingService
    ) -> None:
        reference = billing.pay(billing.checkout())
        session = next(iter(billing.account.checkouts.values())).ref
        with billing.database.transaction(commit=True) as cursor:
            cursor.execute("DELETE FROM billing_events WHERE originator_id = 'account:acme'")
            cursor.execute("TRUNCATE accounts, gateway_objects")
        body = billing.reconcile(session_id=session)
        assert (body["plan"], body["subscription"]["subscription_ref"]) == ("pro", reference)

    def test_another_workspace_gets_nothing_of_it(self, billing: BillingService) -> None:
        billing.pay(billing.checkout())
        session = next(iter(billing.account.checkouts.values())).ref
        answer = billing.client.post(
            "/v1/billing/workspaces/rival/reconcile",
            json={"session_id": session},
            headers=bearer(rival="owner"),
        )
        assert answer.json()["plan"] == "free"
        assert billing.events("rival") == []


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
        self, billing: BillingService, body: dict[str, Any], refusal: tuple[int, str]
    ) -> None:
        good = {
            "plan": "pro",
            "gateway": "sandbox",
            "success_url": SUCCESS,
            "cancel_url": BACK,
        }
        assert code(billing.post("/checkout", {**good, **body})) == refusal

    def test_the_plan_one_has_is_not_sold_again(self, billing: BillingService) -> None:
        billing.subscribe()
        answer = billing.post(
            "/checkout",
            {"plan": "pro", "gateway": "sandbox", "success_url": SUCCESS, "cancel_url": BACK},
        )
        assert code(answer) == (409, "already_subscribed")

    def test_a_plan_that_has_to_be_asked_for_is_not_sold(self, billing: BillingService) -> None:
        billing.client.patch("/v1/billing/plans/pro", json={"contact_us": True}, headers=ROOT)
        answer = billing.post(
            "/checkout",
            {"plan": "pro", "gateway": "sandbox", "success_url": SUCCESS, "cancel_url": BACK},
        )
        assert code(answer) == (409, "plan_on_request")
        assert billing.events() == []

    def test_an_inactive_plan_is_not_sold_and_who_has_it_keeps_it(
        self, billing: BillingService
    ) -> None:
        billing.subscribe()
        billing.client.patch("/v1/billing/plans/pro", json={"is_active": False}, headers=ROOT)
        billing.client.patch("/v1/billing/plans/team", json={"is_active": False}, headers=ROOT)
        answer = billing.post("/subscription/swap", {"plan": "team"})
        assert code(answer) == (409, "plan_inactive")
        assert billing.reconcile()["plan"] == "pro"

    @pytest.mark.parametrize("role", ["editor", "viewer"])
    def test_only_managers_may(self, billing: BillingService, role: str) -> None:
        answer = billing.post("/subscription/cancel", headers=bearer(acme=role))
        assert code(answer) == (403, "forbidden")
