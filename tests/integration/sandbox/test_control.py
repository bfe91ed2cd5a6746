"""What a demo does as the bank, the network and time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from gateways.port import ActionRequired, Checkout, Gateway, PlanSpec
from gateways.sandbox import SandboxState
from kernel.money import Money
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


HTML = {"Accept": "text/html,application/xhtml+xml"}
FORM = "/sandbox/control/form"


class TestItsPage:
    def test_shows_people_what_programs_are_told(
        self, browser: TestClient, gateway: Gateway, checkout: Checkout
    ) -> None:
        paid(browser, checkout)
        page = browser.get("/sandbox/control", headers=HTML)
        assert page.headers["content-type"].startswith("text/html")
        assert subscription(gateway, checkout) in page.text
        assert "subscription.created" in page.text

    def test_its_buttons_do_what_the_calls_do(
        self, browser: TestClient, gateway: Gateway, checkout: Checkout
    ) -> None:
        paid(browser, checkout)
        ref = subscription(gateway, checkout)
        answer = browser.post(FORM, data={"action": "fail_payment", "subscription": ref})
        assert answer.headers["location"] == "/sandbox/control?done=saved"
        assert gateway.subscriptions.fetch(ref).status == "past_due"
        before = gateway.subscriptions.fetch(ref).period_end
        browser.post(FORM, data={"action": "recover_payment", "subscription": ref})
        browser.post(FORM, data={"action": "advance", "seconds": str(70 * 86_400)})
        after = gateway.subscriptions.fetch(ref).period_end
        assert before
        assert after
        assert after > before

    def test_switches_that_are_not_ticked_are_off(self, browser: TestClient) -> None:
        switches = {"form": "webhooks", "duplicate": "on", "delay_seconds": "1.5"}
        browser.post(FORM, data=switches)
        browser.post(FORM, data={"form": "webhooks", "drop": "on"})
        assert browser.get("/sandbox/control").json()["webhooks"] == {
            "duplicate": False,
            "delay_seconds": 0.0,
            "reorder": False,
            "drop": True,
        }

    def test_a_fault_is_planned(self, browser: TestClient, state: SandboxState) -> None:
        browser.post(FORM, data={"form": "fault", "kind": "throttled", "calls": "2"})
        shown = browser.get("/sandbox/control", headers=HTML).text
        assert "throttled: 2 calls" in shown
        assert state.take_fault() == "throttled"

    @pytest.mark.parametrize(
        ("form", "status"),
        [
            ({"action": "explode"}, 409),
            ({"form": "fault", "kind": "throttled", "calls": "many"}, 409),
            ({"form": "webhooks", "delay_seconds": "-1"}, 409),
            ({"action": "renew"}, 404),
            ({"action": "renew", "subscription": "sub_unknown"}, 404),
        ],
    )
    def test_nonsense_is_refused_on_a_page(
        self, browser: TestClient, form: dict[str, str], status: int
    ) -> None:
        answer = browser.post(FORM, data=form)
        assert answer.status_code == status
        assert 'href="/sandbox/control"' in answer.text


class TestMoney:
    def test_support_gives_back_and_a_bank_disputes(
        self, browser: TestClient, gateway: Gateway, checkout: Checkout
    ) -> None:
        paid(browser, checkout)
        [invoice] = gateway.subscriptions.invoices(None, subscription(gateway, checkout))
        act(browser, action="refund", ref=invoice.ref, amount=1_000)
        shown = act(browser, action="open_dispute", ref=invoice.ref)
        act(browser, action="lose_dispute", ref=shown["disputes"][0]["id"])
        act(browser, action="fail_refund", ref=shown["refunds"][0]["id"])
        after = gateway.payments.fetch_invoice(invoice.ref)
        assert [(each.amount, each.status) for each in after.refunds] == [(1_000, "failed")]
        assert [each.status for each in after.disputes] == ["lost"]

    def test_sales_change_a_subscription_by_hand(
        self, browser: TestClient, gateway: Gateway, checkout: Checkout
    ) -> None:
        paid(browser, checkout)
        ref = subscription(gateway, checkout)
        act(browser, action="give_coupon", subscription=ref, amount=50)
        act(browser, action="set_quantity", subscription=ref, amount=3)
        act(browser, action="start_trial", subscription=ref, seconds=86_400)
        shown = gateway.subscriptions.fetch(ref)
        assert (shown.status, shown.quantity, len(shown.discounts)) == ("trialing", 3, 1)

    def test_a_change_that_the_bank_asks_about_is_confirmed_on_its_page(
        self, browser: TestClient, gateway: Gateway, checkout: Checkout
    ) -> None:
        paid(browser, checkout)
        ref = subscription(gateway, checkout)
        act(browser, action="set_card", subscription=ref, card="4000 0027 6000 3184")
        yearly = PlanSpec("yearly", "Yearly", Money(49_000, "USD"), "year")
        price = gateway.catalogue.ensure_plan("sync", yearly, None).price
        outcome = gateway.subscriptions.swap("swap_1", ref, price, "prorate")
        assert isinstance(outcome, ActionRequired)
        page = outcome.url.partition("/sandbox")[2]
        assert "Change of plan" in browser.get(f"/sandbox{page}").text
        assert gateway.subscriptions.fetch(ref).interval == "month"
        confirmed = browser.post(f"/sandbox{page}", data={"answer": "confirm"})
        shown = browser.get(confirmed.headers["location"]).text
        assert 'href="/app/billing?checkout=success"' in shown
        after = gateway.subscriptions.fetch(ref)
        assert (after.interval, after.price_ref) == ("year", price)


def act(browser: TestClient, **wish: object) -> dict[str, Any]:
    answer = browser.post("/sandbox/control", json=wish)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown
