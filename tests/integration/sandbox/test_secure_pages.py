"""The bank's question: while the customer pays, and after a charge of a saved card."""

from __future__ import annotations

from fastapi.testclient import TestClient

from gateways.port import ActionRequired, Checkout, Gateway
from gateways.sandbox.simulation.cards import CARDS, DECLINED_LATER, SECURE, SECURE_LATER
from tests.integration.sandbox.conftest import ORIGIN, paid, subscription
from tests.support.gateway_steps import charge_request, payment_request


class TestSecureCheckout:
    def test_confirming_completes_the_checkout(
        self, browser: TestClient, gateway: Gateway, checkout: Checkout
    ) -> None:
        bank = browser.post(checkout.url, data={"card": SECURE}).headers["location"]
        assert bank == f"{ORIGIN}/sandbox/3ds/{checkout.ref}"
        assert "$49.00" in browser.get(bank).text
        assert gateway.checkouts.fetch(checkout.ref).status == "open"
        answer = browser.post(bank, data={"answer": "confirm"})
        assert answer.headers["location"].endswith(f"session_id={checkout.ref}")
        assert gateway.subscriptions.fetch(subscription(gateway, checkout)).status == "active"

    def test_failing_leads_back_to_the_page_with_a_reason(
        self, browser: TestClient, gateway: Gateway, checkout: Checkout
    ) -> None:
        bank = browser.post(checkout.url, data={"outcome": "3ds"}).headers["location"]
        back = browser.post(bank, data={"answer": "fail"}).headers["location"]
        assert "could not confirm" in browser.get(back).text
        assert browser.get(bank).status_code == 410
        paid(browser, checkout)

    def test_no_answer_asks_again(self, browser: TestClient, checkout: Checkout) -> None:
        bank = browser.post(checkout.url, data={"card": SECURE}).headers["location"]
        assert "Is it you?" in browser.post(bank, data={}).text

    def test_a_bank_that_asked_nothing_takes_no_answer(
        self, browser: TestClient, gateway: Gateway, checkout: Checkout
    ) -> None:
        answer = browser.post(f"/sandbox/3ds/{checkout.ref}", data={"answer": "confirm"})
        assert answer.status_code == 409
        assert gateway.checkouts.fetch(checkout.ref).status == "open"

    def test_a_one_time_sum_is_confirmed_too(self, browser: TestClient, gateway: Gateway) -> None:
        page = gateway.checkouts.start_payment(payment_request())
        bank = browser.post(page.url, data={"card": SECURE}).headers["location"]
        browser.post(bank, data={"answer": "confirm"})
        charge = gateway.checkouts.fetch(page.ref).charge
        assert charge
        assert gateway.payments.fetch(charge).status == "succeeded"


class TestSavedCard:
    def saved(self, gateway: Gateway, checkout: Checkout) -> tuple[str, str]:
        snapshot = gateway.subscriptions.fetch(subscription(gateway, checkout))
        assert snapshot.customer
        assert snapshot.payment_method
        assert snapshot.payment_method.last4 in {number[-4:] for number in CARDS}
        return snapshot.customer, snapshot.payment_method.ref

    def test_a_charge_waits_for_its_holder_s_confirmation(
        self, browser: TestClient, gateway: Gateway, checkout: Checkout
    ) -> None:
        paid(browser, checkout, SECURE_LATER)
        outcome = gateway.payments.charge(charge_request(self.saved(gateway, checkout)))
        assert isinstance(outcome, ActionRequired)
        assert "Confirm payment" in browser.get(outcome.url).text
        assert "is confirmed" in browser.post(outcome.url, data={"answer": "confirm"}).text
        assert gateway.payments.fetch(outcome.ref).status == "succeeded"
        assert "is confirmed" in browser.post(outcome.url, data={"answer": "fail"}).text

    def test_a_refused_confirmation_fails_the_charge(
        self, browser: TestClient, gateway: Gateway, checkout: Checkout
    ) -> None:
        paid(browser, checkout, SECURE_LATER)
        outcome = gateway.payments.charge(charge_request(self.saved(gateway, checkout)))
        assert isinstance(outcome, ActionRequired)
        assert "Payment failed" in browser.post(outcome.url, data={"answer": "fail"}).text
        assert gateway.payments.fetch(outcome.ref).decline_code == "authentication_failed"

    def test_a_card_that_fails_later_makes_the_renewal_past_due(
        self, browser: TestClient, gateway: Gateway, checkout: Checkout
    ) -> None:
        paid(browser, checkout, DECLINED_LATER)
        browser.post("/sandbox/control", json={"action": "advance", "seconds": 32 * 86_400})
        ref = subscription(gateway, checkout)
        assert gateway.subscriptions.fetch(ref).status == "past_due"
