"""The sandbox's hosted pages in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from deploy.demo.host import eventually
from tests.e2e.conftest import Start
from tests.support.chromium import chromium
from tests.support.system import RunningSystem

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def system(start: Start, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSystem]:
    with start(tmp_path_factory.mktemp("pages")) as running:
        yield running


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    with chromium(tmp_path) as driver:
        yield driver


def open_checkout(system: RunningSystem, browser: webdriver.Chrome, workspace: str) -> None:
    host = system.host()
    body = {
        "plan": "pro-monthly",
        "gateway": "sandbox",
        "success_url": f"{system.url}/healthz?session_id={{CHECKOUT_SESSION_ID}}",
        "cancel_url": f"{system.url}/healthz?cancelled",
    }
    path = f"/v1/billing/workspaces/{workspace}/checkout"
    answer = host.command("POST", path, host.member_token(workspace), workspace, body)
    assert answer.status_code == 201, answer.text
    browser.get(answer.json()["url"])


def press(browser: webdriver.Chrome, label: str) -> None:
    browser.find_element(By.XPATH, f"//button[normalize-space()='{label}']").click()


def pay(browser: webdriver.Chrome, card: str) -> None:
    browser.find_element(By.ID, "card").send_keys(card)
    press(browser, "Pay")


def await_address(browser: webdriver.Chrome, part: str) -> None:
    WebDriverWait(browser, 20).until(lambda driver: part in driver.current_url)


def plan_of(system: RunningSystem, workspace: str) -> str:
    host = system.host()
    path = f"/v1/projections/workspaces/{workspace}/subscription"
    return str(host.get(path, host.member_token(workspace)).json()["plan"])


def await_plan(system: RunningSystem, workspace: str, plan: str) -> None:
    eventually(lambda: plan_of(system, workspace), lambda shown: shown == plan, f"on {plan}")


@pytest.mark.slow
class TestPayingInTheBrowser:
    def test_a_good_card_leads_back_to_the_shop_and_to_the_plan(
        self, system: RunningSystem, browser: webdriver.Chrome
    ) -> None:
        open_checkout(system, browser, "typed")
        assert "$49.00" in browser.page_source
        pay(browser, "4242 4242 4242 4242")
        await_address(browser, "/healthz?session_id=")
        assert "CHECKOUT_SESSION_ID" not in browser.current_url
        await_plan(system, "typed", "pro-monthly")

    def test_a_declined_card_says_so_and_another_one_may_be_tried(
        self, system: RunningSystem, browser: webdriver.Chrome
    ) -> None:
        open_checkout(system, browser, "declined")
        pay(browser, "4000 0000 0000 0002")
        assert "declined" in browser.find_element(By.ID, "error").text
        assert plan_of(system, "declined") == "free"
        press(browser, "Approve")
        await_address(browser, "/healthz?session_id=")
        await_plan(system, "declined", "pro-monthly")

    def test_3_d_secure_asks_and_both_answers_are_heard(
        self, system: RunningSystem, browser: webdriver.Chrome
    ) -> None:
        open_checkout(system, browser, "secured")
        press(browser, "3-D Secure")
        await_address(browser, "/sandbox/3ds/")
        press(browser, "Fail authentication")
        assert "could not confirm" in browser.find_element(By.ID, "error").text
        press(browser, "3-D Secure")
        press(browser, "Confirm payment")
        await_address(browser, "/healthz?session_id=")
        await_plan(system, "secured", "pro-monthly")

    def test_leaving_leads_to_the_cancel_address(
        self, system: RunningSystem, browser: webdriver.Chrome
    ) -> None:
        open_checkout(system, browser, "left")
        press(browser, "Back without paying")
        await_address(browser, "/healthz?cancelled")
        assert plan_of(system, "left") == "free"

    @pytest.mark.slow
    def test_the_documentation_page_opens(
        self, system: RunningSystem, browser: webdriver.Chrome
    ) -> None:
        """Without the internet too: everything that it loads is served here."""
        browser.get(f"{system.url}/docs")
        assert "Workspace billing" in browser.title
        assert browser.find_element(By.CSS_SELECTOR, ".opblock-summary-path").is_displayed()
