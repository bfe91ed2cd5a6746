"""Each page as different people meet it: by keyboard, on a phone, in the dark, read aloud."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.pages.conftest import Visits
from tests.pages.test_billing_page import subscribed
from tests.support.chromium import Person
from workspace_billing import Billing

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WS = "every-page"
MEMBERS = ("/app/billing", "/app/billing/addons", "/app/billing/cancel")
CHANGES = ("/app/billing/change?plan=pro-yearly", "/app/billing/addons/every-setup")
STAFF = (
    "/admin",
    "/admin/workspaces",
    f"/admin/workspaces/{WS}",
    "/admin/plans",
    "/admin/plans/pro-monthly",
    "/admin/plans/new",
    "/admin/addons",
    "/admin/addons/every-setup",
    "/admin/orders",
    "/admin/webhooks",
    "/admin/endpoints",
    "/admin/revenue",
    "/audit",
    "/audit/verify",
    f"/audit/workspaces/{WS}",
)
PAGES = ("/pricing", "/pricing?interval=year", "/app/no-such-page", *MEMBERS, *CHANGES, *STAFF)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LARGEST = 60_000


@pytest.fixture(scope="module")
def looking(
    person: Person, visits: Visits, billing: Billing, url: str
) -> Iterator[Callable[[str], None]]:
    """Somebody who may see everything, of a workspace that has something of everything."""
    billing.addons.create("every-setup", name="Setup", price_cents=9_900, currency="USD")
    billing.addons.change("every-setup", is_active=True)

    def enter(workspace: str) -> None:
        person.opens(f"{url}/pricing")
        for browser in (visits.member(workspace, "owner"), visits.staff("super_admin")):
            for name, value in browser.cookies.items():
                path = "/app" if name.endswith("member") else "/"
                person.driver.add_cookie({"name": name, "value": value, "path": path})
        person.opens(f"{url}/app/billing")

    subscribed(enter, person, WS)
    yield lambda page: person.opens(f"{url}{page}")
    person.driver.delete_all_cookies()


@contextmanager
def emulated(
    person: Person, command: str, on: dict[str, Any], off: dict[str, Any]
) -> Iterator[None]:
    person.driver.execute_cdp_cmd(f"Emulation.{command}", on)
    try:
        yield
    finally:
        person.driver.execute_cdp_cmd(f"Emulation.{command}", off)


def violations(person: Person) -> list[str]:
    axe = files("selenium_axe_python") / "axe-core" / "axe.min.js"
    person.driver.execute_script(axe.read_text())
    found = person.driver.execute_async_script(
        "const done = arguments[arguments.length - 1];"
        "axe.run({runOnly: arguments[0]}).then(done, done)",
        RULES,
    )
    return [
        f"{each['id']}: {node['html'][:200]}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


@pytest.mark.parametrize("page", PAGES)
class TestAPage:
    def test_is_accessible_by_day_and_by_night(
        self, page: str, looking: Callable[[str], None], person: Person
    ) -> None:
        looking(page)
        assert violations(person) == []
        dark = {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
        with emulated(person, "setEmulatedMedia", dark, {"features": []}):
            assert violations(person) == []

    @pytest.mark.parametrize("width", [320, 360])
    def test_fits_a_phone(
        self, page: str, width: int, looking: Callable[[str], None], person: Person
    ) -> None:
        phone = {"width": width, "height": 740, "deviceScaleFactor": 1, "mobile": True}
        person.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
        try:
            looking(page)
            wide = person.driver.execute_script("return document.documentElement.scrollWidth")
        finally:
            person.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        assert wide <= width

    def test_is_small(self, page: str, looking: Callable[[str], None], person: Person) -> None:
        looking(page)
        sizes = person.driver.execute_script(
            "return performance.getEntries().map(each => each.encodedBodySize || 0)"
        )
        assert sum(sizes) <= LARGEST


class TestWithoutAMouse:
    def test_a_plan_is_changed_by_keyboard_alone(
        self, looking: Callable[[str], None], person: Person
    ) -> None:
        looking("/app/billing")
        assert tabbed_to(person, "Skip to content")
        tabbed_to(person, "Choose Pro, yearly, yearly").send_keys(Keys.ENTER)
        person.sees("What happens")
        tabbed_to(person, "Keep my plan").send_keys(Keys.ENTER)
        person.sees("Plan and usage")


class TestWithoutScripts:
    def test_a_plan_is_cancelled_and_resumed(
        self, looking: Callable[[str], None], person: Person
    ) -> None:
        with emulated(person, "setScriptExecutionDisabled", {"value": True}, {"value": False}):
            looking("/app/billing")
            person.presses("Cancel plan")
            person.sees("Until then everything stays")
            person.presses("Cancel plan")
            person.sees("Your plan is cancelled")
            person.presses("Resume")
            person.sees("Your plan goes on")


def tabbed_to(person: Person, name: str) -> Any:
    for _ in range(60):
        person.driver.switch_to.active_element.send_keys(Keys.TAB)
        focused = person.driver.switch_to.active_element
        if name in {focused.text, focused.get_attribute("aria-label")}:
            return focused
    raise AssertionError(
        f"{name!r} is not reached: {person.driver.find_element(By.TAG_NAME, 'body').text[:500]}"
    )
