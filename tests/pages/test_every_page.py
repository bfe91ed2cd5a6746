"""Each page as different people meet it: by keyboard, on a phone, in the dark, read aloud."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.pages.conftest import RETURN, Visits
from tests.pages.test_billing_page import subscribed
from tests.support.chromium import Person
from tests.support.page_checks import (
    by_night,
    on_a_phone,
    sits_down,
    violations,
    width_of,
    without_scripts,
)
from workspace_billing import Billing

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WS = "every-page"
MEMBERS = (
    "/app/billing",
    "/app/billing/addons",
    "/app/billing/cancel",
    "/app/billing/profile",
    "/app/billing/credits",
)
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
    "/admin/revenue/cohorts",
    "/audit",
    "/audit/verify",
    f"/audit/workspaces/{WS}",
)
# What is named is filled in when the workspace has it.
HOSTED = (
    "{url}/sandbox/checkout/{checkout}",
    "{url}/sandbox/invoice/{invoice}",
    "{portal}",
    "/sandbox/control",
    "/sandbox/mailbox",
)
OPEN = ("/pricing", "/pricing?interval=year", "/app/no-such-page")
PAGES = (*OPEN, *MEMBERS, *CHANGES, *STAFF, *HOSTED)
LARGEST = 60_000


@pytest.fixture(scope="module")
def looking(
    person: Person, visits: Visits, billing: Billing, url: str
) -> Iterator[Callable[[str], None]]:
    """Somebody who may see everything, of a workspace that has something of everything."""
    billing.addons.create("every-setup", name="Setup", price_cents=9_900, currency="USD")
    billing.addons.change("every-setup", is_active=True)
    sold_by_amount(billing)

    def enter(workspace: str) -> None:
        sits_down(person, url, visits.member(workspace, "owner"), visits.staff("super_admin"))
        person.opens(f"{url}/app/billing")

    subscribed(enter, person, WS)
    named = hosted(billing, url)
    yield lambda page: person.opens(page.format(**named) if "{" in page else f"{url}{page}")
    person.driver.delete_all_cookies()


def sold_by_amount(billing: Billing) -> None:
    """A meter, credits of it, and more of them for sale."""
    billing.api.declare_meter("every_tokens", unit="every token", aggregation="sum")
    grants = [{"meter": "every_tokens", "amount": 1_000}]
    pack: dict[str, Any] = {"kind": "credits", "grants": grants}
    billing.addons.create("every-pack", name="Pack", price_cents=900, currency="USD", **pack)
    billing.addons.change("every-pack", is_active=True)
    billing.api.grant_credits(WS, id="every", meter="every_tokens", amount=500, source="a gift")


def hosted(billing: Billing, url: str) -> dict[str, str]:
    """Pages of the sandbox that something waits on."""
    billing.workspaces(f"{WS}-2").checkout(
        plan="pro-monthly", gateway="sandbox", success_url=RETURN, cancel_url=RETURN
    )
    known = httpx.get(f"{url}/sandbox/control", trust_env=False).json()
    return {
        "url": url,
        "checkout": next(each["id"] for each in known["checkouts"] if each["status"] == "open"),
        "invoice": known["invoices"][0]["id"],
        "portal": billing.workspaces(WS).portal(RETURN).url,
    }


@pytest.mark.parametrize("page", PAGES)
class TestAPage:
    def test_is_accessible_by_day_and_by_night(
        self, page: str, looking: Callable[[str], None], person: Person
    ) -> None:
        looking(page)
        assert violations(person) == []
        with by_night(person):
            assert violations(person) == []

    @pytest.mark.parametrize("width", [320, 360])
    def test_fits_a_phone(
        self, page: str, width: int, looking: Callable[[str], None], person: Person
    ) -> None:
        with on_a_phone(person, width):
            looking(page)
            wide = width_of(person)
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
        with without_scripts(person):
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
