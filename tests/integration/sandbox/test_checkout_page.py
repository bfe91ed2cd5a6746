"""The page where a customer pays, as a browser without scripts sees it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from gateways.port import Checkout, Gateway
from gateways.sandbox import SandboxState
from gateways.sandbox.simulation.cards import GOOD
from tests.integration.sandbox.conftest import paid
from tests.support.gateway_steps import payment_request


class TestCheckoutPage:
    def test_it_shows_what_is_paid_for(self, browser: TestClient, checkout: Checkout) -> None:
        page = browser.get(checkout.url)
        assert page.status_code == 200
        assert "Pro" in page.text
        assert "$49.00" in page.text
        assert "per month" in page.text
        assert '<label for="card">' in page.text
        assert "<script>" not in page.text
        assert " style=" not in page.text
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe-inline" not in policy

    def test_its_form_may_lead_to_the_host(self, browser: TestClient, checkout: Checkout) -> None:
        assert "form-action" not in browser.get(checkout.url).headers["content-security-policy"]

    def test_it_speaks_the_customer_s_language(
        self, browser: TestClient, checkout: Checkout
    ) -> None:
        page = browser.get(checkout.url, headers={"Accept-Language": "de"})
        assert '<html lang="de">' in page.text
        assert "Kartennummer" in page.text

    @pytest.mark.parametrize(
        "form", [{"card": "4242 4242 4242 4242"}, {"card": GOOD}, {"outcome": "approve"}]
    )
    def test_a_good_card_leads_to_the_success_url(
        self,
        browser: TestClient,
        gateway: Gateway,
        checkout: Checkout,
        form: dict[str, str],
    ) -> None:
        answer = browser.post(checkout.url, data=form)
        assert answer.status_code == 303
        expected = f"https://app.example/billing/done?session_id={checkout.ref}"
        assert answer.headers["location"] == expected
        assert gateway.checkouts.fetch(checkout.ref).status == "complete"

    @pytest.mark.parametrize(
        ("form", "said"),
        [
            ({"card": "4000000000000002"}, "declined"),
            ({"outcome": "decline"}, "declined"),
            ({"card": "4000000000009995"}, "insufficient funds"),
        ],
    )
    def test_a_bad_card_is_reported_and_another_may_be_tried(
        self,
        browser: TestClient,
        gateway: Gateway,
        checkout: Checkout,
        form: dict[str, str],
        said: str,
    ) -> None:
        answer = browser.post(checkout.url, data=form)
        assert answer.status_code == 402
        assert 'role="alert"' in answer.text
        assert said in answer.text
        assert gateway.checkouts.fetch(checkout.ref).status == "open"
        paid(browser, checkout)

    @pytest.mark.parametrize("number", ["4111111111111111", "", "abc", "<script>", "4" * 40])
    def test_anything_but_a_test_card_is_refused_and_not_repeated(
        self, browser: TestClient, checkout: Checkout, number: str
    ) -> None:
        answer = browser.post(checkout.url, data={"card": number})
        assert answer.status_code == 422
        assert "not a test card" in answer.text
        assert "4111111111111111" not in answer.text
        assert "<script>" not in answer.text

    def test_leaving_leads_to_the_cancel_url_and_keeps_the_page_open(
        self, browser: TestClient, gateway: Gateway, checkout: Checkout
    ) -> None:
        answer = browser.post(checkout.url, data={"outcome": "leave"})
        assert answer.headers["location"] == "https://app.example/billing"
        assert gateway.checkouts.fetch(checkout.ref).status == "open"

    def test_a_paid_page_says_so_and_cannot_be_paid_twice(
        self, browser: TestClient, gateway: Gateway, checkout: Checkout
    ) -> None:
        paid(browser, checkout)
        assert "has been paid" in browser.get(checkout.url).text
        assert browser.post(checkout.url, data={"card": GOOD}).status_code == 410
        assert len(list(gateway.subscriptions.list_all())) == 1

    def test_an_abandoned_page_says_so(
        self, browser: TestClient, gateway: Gateway, checkout: Checkout
    ) -> None:
        gateway.checkouts.abandon(checkout.ref)
        assert browser.get(checkout.url).status_code == 410
        assert browser.post(checkout.url, data={"card": GOOD}).status_code == 410

    def test_an_expired_page_says_so(
        self, browser: TestClient, gateway: Gateway, state: SandboxState, checkout: Checkout
    ) -> None:
        state.advance(timedelta(days=2))
        assert "expired" in browser.get(checkout.url).text
        assert gateway.checkouts.fetch(checkout.ref).status == "expired"

    @pytest.mark.parametrize("path", ["checkout", "3ds", "portal", "invoice"])
    def test_an_unknown_page_is_not_found(self, browser: TestClient, path: str) -> None:
        answer = browser.get(f"/sandbox/{path}/unknown")
        assert answer.status_code == 404
        assert "There is no such page" in answer.text

    def test_a_description_is_escaped(self, browser: TestClient, gateway: Gateway) -> None:
        page = gateway.checkouts.start_payment(replace(payment_request(), description="<b>&"))
        assert "&lt;b&gt;&amp;" in browser.get(page.url).text
