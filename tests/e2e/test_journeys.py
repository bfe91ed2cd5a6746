"""What people do on the pages, from the first click to the last, in both shapes of the system."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from deploy.demo.host import eventually
from tests.e2e.conftest import Start
from tests.support.chromium import Person, chromium
from tests.support.system import RunningSystem

pytestmark = [pytest.mark.browser, pytest.mark.slow]
RETURN = "https://app.example.com/settings"
FREE_CONVERSATIONS = 50
SERVICE = "professional-ai-setup"
NAME = "Professional AI set-up"


@dataclass
class Product:
    """The host, and somebody who sits at a browser."""

    system: RunningSystem
    person: Person
    workspace: str = ""

    def begin(self, page: str = "billing") -> Person:
        """The owner of a workspace opens billing in the product."""
        self.workspace = self.workspace or f"ws-{uuid4().hex[:12]}"
        asked = {"workspace": self.workspace, "user": "ann", "role": "owner", "page": page}
        host = self.system.host()
        token = host.token(roles=["service"])
        body = {**asked, "return_url": RETURN}
        self.person.opens(host.send("POST", "/v1/pages/sessions", token, json=body).json()["url"])
        return self.person

    def pay(self, *buttons: str) -> Person:
        person = self.begin()
        person.presses("Choose Pro, monthly")
        person.presses("Go to payment")
        for button in buttons:
            person.presses(button)
        return person

    def staff(self, role: str, page: str) -> Person:
        self.person.opens(self.system.cli("link", "--role", role).stdout.strip())
        self.person.sees("Sign out")
        self.person.opens(f"{self.system.url}{page}")
        return self.person

    def lose_webhooks(self, lost: bool) -> None:
        host = self.system.host()
        body = {"webhooks": {"drop": lost}}
        assert host.send("POST", "/sandbox/control", json=body).status_code == 200

    def use(self, conversations: int) -> None:
        host = self.system.host()
        events = [
            {"id": f"c-{number}", "workspace_id": self.workspace, "metric": "conversation"}
            for number in range(conversations)
        ]
        token = host.token(roles=["service"])
        answer = host.send("POST", "/v1/metering/events", token, json={"events": events})
        assert answer.status_code == 200, answer.text


@pytest.fixture(scope="module")
def system(start: Start, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSystem]:
    with start(tmp_path_factory.mktemp("journeys"), BILLING_JWT_SECRET="s" * 40) as running:
        host = running.host()
        path, admin = f"/v1/addons/catalog/{SERVICE}", host.token(roles=["super_admin"])
        assert host.send("PATCH", path, admin, json={"is_active": True}).status_code == 200
        yield running


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    with chromium(tmp_path_factory.mktemp("browser")) as driver:
        yield Person(driver)


@pytest.fixture
def product(system: RunningSystem, person: Person, tmp_path: Path) -> Product:
    person.driver.delete_all_cookies()
    return Product(system, person)


class TestAPlan:
    def test_begins_when_the_customer_confirms_the_payment_at_the_bank(
        self, product: Product
    ) -> None:
        product.pay("3-D Secure", "Confirm payment").sees("Your plan is up to date")

    def test_is_declined_paid_changed_to_a_year_cancelled_and_resumed(
        self, product: Product
    ) -> None:
        person = product.pay("Decline")
        person.sees("declined")
        person.presses("Approve")
        person.sees("Your plan is up to date")
        person.presses("Choose Pro, yearly, yearly")
        person.sees("Your next invoice has")
        person.presses("Change plan")
        person.sees("Your plan was changed")
        person.presses("Cancel plan")
        person.sees("Until then everything stays")
        person.presses("Cancel plan")
        person.sees("ends soon")
        person.presses("Resume")
        person.sees("Your plan goes on")

    def test_shows_after_the_payment_also_when_every_webhook_is_lost(
        self, product: Product
    ) -> None:
        product.lose_webhooks(True)
        try:
            product.pay("Approve").sees("Your plan is up to date")
            assert "Renews on" in product.person.reads()
        finally:
            product.lose_webhooks(False)

    def test_whose_limit_is_reached_says_so_and_another_one_helps(self, product: Product) -> None:
        product.begin()
        product.use(FREE_CONVERSATIONS)
        eventually(
            lambda: product.begin().reads(),
            lambda shown: f"{FREE_CONVERSATIONS} / {FREE_CONVERSATIONS}" in shown,
            "the limit on the page",
        )
        product.person.sees("The limit is reached")
        product.pay("Approve").sees("Your plan is up to date")
        assert "The limit is reached" not in product.person.reads()


class TestAService:
    def test_is_bought_once_delivered_and_paid_back(self, product: Product) -> None:
        person = product.pay("Approve")
        person.sees("Your plan is up to date")
        person.presses("Services")
        person.presses(f"Buy {NAME} now")
        person.presses("Buy for €499.00")
        person.sees("The service is paid")
        person.sees("Bought on")
        assert not person.can_press(f"Buy {NAME} now")

        orders = f"/admin/orders?q={product.workspace}"
        product.staff("super_admin", orders).presses("Deliver")
        person.sees("Marked as delivered")
        person.opens(f"{product.system.url}{orders}")
        person.driver.find_element("xpath", "//summary[normalize-space()='Refund']").click()
        person.fills("Reason", "not what was needed")
        person.presses("Refund")
        person.sees("The refund is on its way")
        product.begin("addons").sees("refunded")
