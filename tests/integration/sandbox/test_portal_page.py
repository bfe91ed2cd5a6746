"""The customer portal."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from gateways.port import Checkout, Gateway
from gateways.sandbox import SandboxState
from gateways.sandbox.simulation.cards import EXPIRING, SECURE_LATER
from kernel.month import Month
from tests.integration.sandbox.conftest import paid, subscription
from tests.support.gateway_steps import PRO, checkout_request


class TestPortalPage:
    @pytest.fixture
    def portal(self, browser: TestClient, gateway: Gateway, checkout: Checkout) -> str:
        paid(browser, checkout)
        customer = gateway.subscriptions.fetch(subscription(gateway, checkout)).customer
        assert customer
        return gateway.subscriptions.portal_url(customer, "https://app.example/settings")

    def test_it_cancels_at_period_end_and_resumes(
        self, browser: TestClient, gateway: Gateway, checkout: Checkout, portal: str
    ) -> None:
        ref = subscription(gateway, checkout)
        form = {"action": "cancel", "subscription": ref}
        after = browser.post(portal, data=form).headers["location"]
        assert "ends with the period" in browser.get(after).text
        assert gateway.subscriptions.fetch(ref).status == "grace"
        browser.post(portal, data={"action": "resume", "subscription": ref})
        assert gateway.subscriptions.fetch(ref).status == "active"

    def test_it_changes_the_card_of_the_subscription(
        self, browser: TestClient, gateway: Gateway, checkout: Checkout, portal: str
    ) -> None:
        browser.post(portal, data={"action": "card", "card": SECURE_LATER})
        snapshot = gateway.subscriptions.fetch(subscription(gateway, checkout))
        assert snapshot.payment_method
        assert snapshot.payment_method.last4 == "3184"
        assert "ending in 3184" in browser.get(portal).text

    def test_a_card_says_when_it_expires(
        self, browser: TestClient, gateway: Gateway, checkout: Checkout, portal: str
    ) -> None:
        ref = subscription(gateway, checkout)
        browser.post(portal, data={"action": "card", "card": EXPIRING})
        snapshot = gateway.subscriptions.fetch(ref)
        assert snapshot.payment_method
        assert snapshot.payment_method.expires == Month.of(snapshot.fetched_at)

    @pytest.mark.parametrize("number", ["4000000000000002", "4111111111111111", ""])
    def test_a_bad_card_is_not_kept(self, browser: TestClient, portal: str, number: str) -> None:
        answer = browser.post(portal, data={"action": "card", "card": number})
        assert answer.status_code == 409
        assert "ending in 4242" in browser.get(portal).text

    def test_nobody_reaches_another_customer_s_subscription(
        self, browser: TestClient, gateway: Gateway, portal: str
    ) -> None:
        price = gateway.catalogue.ensure_plan("sync", PRO, None).price
        request = checkout_request(price, workspace="globex", command="chk_2")
        other = gateway.checkouts.start(request)
        paid(browser, other)
        ref = subscription(gateway, other)
        answer = browser.post(portal, data={"action": "cancel", "subscription": ref})
        assert answer.status_code == 409
        assert gateway.subscriptions.fetch(ref).status == "active"

    def test_it_leads_back(self, browser: TestClient, portal: str) -> None:
        answer = browser.post(portal, data={"action": "return"})
        assert answer.headers["location"] == "https://app.example/settings"

    def test_it_expires(self, browser: TestClient, state: SandboxState, portal: str) -> None:
        state.advance(timedelta(hours=2))
        answer = browser.get(portal)
        assert answer.status_code == 409
        assert "expired" in answer.text

    def test_an_invoice_has_a_page(
        self, browser: TestClient, gateway: Gateway, checkout: Checkout, portal: str
    ) -> None:
        invoice = gateway.subscriptions.invoices(None, subscription(gateway, checkout))[0]
        assert invoice.url
        assert "$49.00" in browser.get(invoice.url).text

    def test_an_open_one_is_paid_there(
        self, browser: TestClient, gateway: Gateway, checkout: Checkout, portal: str
    ) -> None:
        ref = subscription(gateway, checkout)
        browser.post("/sandbox/control", json={"action": "fail_payment", "subscription": ref})
        waiting = gateway.subscriptions.fetch(ref).open_invoice
        assert waiting is not None
        browser.post(str(waiting.url), data={"action": "pay"})
        after = gateway.subscriptions.fetch(ref)
        assert (after.status, after.open_invoice) == ("active", None)
        again = browser.post(str(waiting.url), data={"action": "pay"})
        assert "nothing to pay" in again.text
