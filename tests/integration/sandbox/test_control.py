"""What a demo does as the bank, the network and time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from gateways.port import Checkout, Gateway
from gateways.sandbox import SandboxState
from tests.integration.sandbox.conftest import paid, subscription


class TestControl:
    def test_webhook_switches_change_one_by_one(self, browser: TestClient) -> None:
        browser.post("/sandbox/control", json={"webhooks": {"duplicate": True}})
        answer = browser.post("/sandbox/control", json={"webhooks": {"delay_seconds": 1.5}})
        assert answer.json()["webhooks"] == {
            "duplicate": True,
            "delay_seconds": 1.5,
            "reorder": False,
            "drop": False,
        }

    def test_a_subscription_goes_through_its_life(
        self, browser: TestClient, gateway: Gateway, checkout: Checkout
    ) -> None:
        paid(browser, checkout)
        ref = subscription(gateway, checkout)
        seen = []
        for action in ("renew", "fail_payment", "recover_payment", "fail_payment", "suspend"):
            browser.post("/sandbox/control", json={"action": action, "subscription": ref})
            seen.append(gateway.subscriptions.fetch(ref).status)
        assert seen == ["active", "past_due", "active", "past_due", "suspended"]

    def test_time_renews_what_fell_due(
        self, browser: TestClient, gateway: Gateway, checkout: Checkout
    ) -> None:
        paid(browser, checkout)
        ref = subscription(gateway, checkout)
        before = gateway.subscriptions.fetch(ref).period_end
        browser.post("/sandbox/control", json={"action": "advance", "seconds": 70 * 86_400})
        after = gateway.subscriptions.fetch(ref)
        assert before is not None
        assert after.period_end is not None
        assert timedelta(days=55) < after.period_end - before < timedelta(days=65)
        assert len(gateway.subscriptions.invoices(None, ref)) == 3

    def test_it_lists_objects_and_events(
        self, browser: TestClient, gateway: Gateway, checkout: Checkout
    ) -> None:
        paid(browser, checkout)
        shown = browser.get("/sandbox/control").json()
        assert shown["subscriptions"][0]["id"] == subscription(gateway, checkout)
        assert shown["events"][0]["type"] == "subscription.created"
        assert "whsec_test" not in str(shown)

    def test_a_planned_fault_is_met_by_the_next_calls(
        self, browser: TestClient, state: SandboxState
    ) -> None:
        body = {"fault": {"kind": "server_error", "calls": 2}}
        assert browser.post("/sandbox/control", json=body).status_code == 200
        assert state.take_fault() == "server_error"

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            ({"webhooks": {"delay_seconds": -1}}, 422),
            ({"webhooks": {"lose": True}}, 422),
            ({"action": "explode"}, 422),
            ({"action": "renew"}, 404),
            ({"action": "renew", "subscription": "sub_unknown"}, 404),
            ({"action": "advance", "seconds": -5}, 422),
        ],
    )
    def test_nonsense_is_refused(
        self, browser: TestClient, body: dict[str, object], status: int
    ) -> None:
        assert browser.post("/sandbox/control", json=body).status_code == status
