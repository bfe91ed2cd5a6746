"""Services that are bought once: by the workspace, and what the team does about them."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import httpx
import pytest

from tests.pages.conftest import Visits
from tests.pages.test_billing_page import subscribed
from tests.support.chromium import Person
from workspace_billing import Billing

pytestmark = pytest.mark.browser
Enter = Callable[..., None]


@pytest.fixture(scope="module")
def service(billing: Billing) -> str:
    slug = f"setup-{uuid4().hex[:6]}"
    billing.addons.create(
        slug, name="Setup", price_cents=49_900, currency="USD", features=["Done for you"]
    )
    billing.addons.change(slug, is_active=True)
    return slug


def bought(enter: Enter, person: Person, workspace: str) -> None:
    subscribed(enter, person, workspace)
    person.presses("Services")
    person.presses("Buy Setup now")
    person.presses("Buy for $499.00")
    person.sees("Thank you. The service is paid")


@pytest.mark.usefixtures("service")
class TestBuying:
    def test_the_saved_card_pays_and_a_second_one_is_not_sold(
        self, enter: Enter, person: Person, workspace: str
    ) -> None:
        bought(enter, person, workspace)
        button = person.driver.find_element("css selector", "button[disabled]")
        assert button.text == "Buy now"
        assert "Bought on" in person.reads()

    def test_without_a_saved_card_it_is_paid_on_the_payment_page(
        self, enter: Enter, person: Person, workspace: str
    ) -> None:
        enter(workspace, page="addons")
        person.presses("Buy Setup now")
        person.presses("Buy for $499.00")
        person.is_at("/sandbox/checkout/")
        person.presses("Approve")
        person.sees("Thank you. The service is paid")

    def test_the_team_delivers_and_refunds_with_a_reason(
        self, enter: Enter, person: Person, workspace: str, visits: Visits, billing: Billing
    ) -> None:
        bought(enter, person, workspace)
        purchase = next(billing.workspaces(workspace).purchases()).purchase_id
        with visits.staff("super_admin", user="sam") as admin:
            assert press(admin, f"/admin/orders/{purchase}/deliver") == "done=delivered"
            refund = f"/admin/orders/{purchase}/refund"
            assert press(admin, refund, reason="not needed") == "done=refunded"
            assert "refunded" in admin.get(f"/admin/orders?q={workspace}").text
        assert next(billing.workspaces(workspace).purchases()).status == "refunded"
        told = billing.audit.timeline(workspace)
        assert {entry.actor for entry in told if "refund" in entry.told.lower()} >= {"user:sam"}


def press(browser: httpx.Client, path: str, **fields: str) -> str:
    """What the page says of it."""
    token = browser.get("/admin").text.partition('form_token" value="')[2][:64]
    answer = browser.post(path, data={**fields, "form_token": token})
    return answer.headers["location"].partition("?")[2]
