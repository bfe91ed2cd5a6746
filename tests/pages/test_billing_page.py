"""What a workspace's people do about their plan, in a browser."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from gateways.sandbox.simulation.cards import SECURE_LATER
from tests.support.chromium import Person
from workspace_billing import Billing

pytestmark = pytest.mark.browser
Enter = Callable[..., None]


def subscribed(enter: Enter, person: Person, workspace: str) -> None:
    enter(workspace)
    person.presses("Choose Pro, monthly")
    person.presses("Go to payment")
    person.is_at("/sandbox/checkout/")
    person.presses("Approve")
    person.sees("Your plan is up to date")


def played(url: str, **wish: object) -> None:
    """By the bank, the network or time."""
    answer = httpx.post(f"{url}/sandbox/control", json=wish, trust_env=False)
    assert answer.status_code == 200, answer.text


class TestSubscribing:
    def test_somebody_pays_and_comes_back_to_the_plan(
        self, enter: Enter, person: Person, workspace: str, billing: Billing
    ) -> None:
        subscribed(enter, person, workspace)
        assert "active" in person.reads()
        assert "$49.00 per month" in person.reads()
        assert "Renews on" in person.reads()
        shown = billing.workspaces(workspace).subscription()
        assert (shown.plan, shown.status) == ("pro-monthly", "active")

    @pytest.mark.slow
    def test_a_declined_card_changes_nothing_and_another_pays(
        self, enter: Enter, person: Person, workspace: str, billing: Billing
    ) -> None:
        enter(workspace)
        person.presses("Choose Pro, monthly")
        person.presses("Go to payment")
        person.presses("Decline")
        person.sees("declined")
        assert billing.workspaces(workspace).subscription().plan == "free"
        person.presses("Approve")
        person.sees("Your plan is up to date")

    def test_the_bank_asks_and_the_customer_confirms(
        self, enter: Enter, person: Person, workspace: str
    ) -> None:
        enter(workspace)
        person.presses("Choose Pro, monthly")
        person.presses("Go to payment")
        person.presses("3-D Secure")
        person.presses("Confirm payment")
        person.sees("Your plan is up to date")

    @pytest.mark.slow
    def test_what_was_left_can_be_paid_later(
        self, enter: Enter, person: Person, workspace: str
    ) -> None:
        enter(workspace)
        person.presses("Choose Pro, monthly")
        person.presses("Go to payment")
        person.presses("Back without paying")
        person.sees("You are back from the payment page")
        person.presses("Pay now")
        person.is_at("/sandbox/checkout/")
        person.presses("Approve")
        person.sees("Your plan is up to date")

    @pytest.mark.slow
    def test_a_webhook_that_is_lost_is_not_missed(
        self, enter: Enter, person: Person, workspace: str, billing: Billing, url: str
    ) -> None:
        played(url, webhooks={"drop": True})
        try:
            subscribed(enter, person, workspace)
        finally:
            played(url, webhooks={"drop": False})
        assert billing.workspaces(workspace).subscription().status == "active"


class TestChanging:
    @pytest.mark.slow
    def test_a_year_is_previewed_and_then_changed_to(
        self, enter: Enter, person: Person, workspace: str, billing: Billing
    ) -> None:
        subscribed(enter, person, workspace)
        person.presses("Choose Pro, yearly, yearly")
        person.sees("Your next invoice has")
        assert billing.workspaces(workspace).subscription().plan == "pro-monthly"
        person.presses("Change plan")
        person.sees("Your plan was changed")
        assert billing.workspaces(workspace).subscription().plan == "pro-yearly"

    @pytest.mark.slow
    def test_a_cancelled_plan_can_be_resumed(
        self, enter: Enter, person: Person, workspace: str, billing: Billing
    ) -> None:
        subscribed(enter, person, workspace)
        person.presses("Cancel plan")
        person.sees("Until then everything stays")
        person.presses("Cancel plan")
        person.sees("Your plan is cancelled")
        assert "ends soon" in person.reads()
        assert billing.workspaces(workspace).subscription().status == "grace"
        person.presses("Resume")
        person.sees("Your plan goes on")
        assert billing.workspaces(workspace).subscription().status == "active"

    def test_the_card_is_managed_at_the_gateway(
        self, enter: Enter, person: Person, workspace: str
    ) -> None:
        subscribed(enter, person, workspace)
        person.presses("Manage card")
        person.is_at("/sandbox/portal/")

    def test_billing_details_are_kept(
        self, enter: Enter, person: Person, workspace: str, billing: Billing
    ) -> None:
        enter(workspace)
        person.fills("E-mail for invoices", "books@acme.example")
        person.presses("Save")
        person.sees("Saved.")
        assert billing.workspaces(workspace).settings().billing_email == "books@acme.example"

    @pytest.mark.slow
    def test_the_bank_asks_about_a_change_and_the_customer_comes_back(
        self, enter: Enter, person: Person, workspace: str, billing: Billing, url: str
    ) -> None:
        subscribed(enter, person, workspace)
        ref = billing.workspaces(workspace).subscription().subscription_ref
        played(url, action="set_card", subscription=ref, card=SECURE_LATER)
        person.presses("Choose Pro, yearly, yearly")
        person.presses("Change plan")
        person.is_at("/sandbox/3ds/")
        assert billing.workspaces(workspace).subscription().plan == "pro-monthly"
        person.presses("Confirm payment")
        person.is_at("/sandbox/invoice/")
        person.presses("Back to billing")
        person.sees("Your plan is up to date")
        assert billing.workspaces(workspace).subscription().plan == "pro-yearly"


class TestReading:
    def test_viewers_read_and_change_nothing(
        self, enter: Enter, person: Person, workspace: str
    ) -> None:
        enter(workspace, role="viewer")
        person.sees("Owners and admins of the workspace can change the plan")
        assert not person.can_press("Choose Pro, monthly")

    def test_usage_counts_up_to_the_limit(
        self, enter: Enter, person: Person, workspace: str, billing: Billing
    ) -> None:
        for number in range(3):
            started = billing.workspaces(workspace).conversation(f"c-{number}")
            started.start()
            started.first_turn()
        enter(workspace)
        person.sees("3 / 50")
        assert "Counts from zero again on" in person.reads()

    @pytest.mark.slow
    def test_usage_moves_while_somebody_looks_at_it(
        self, enter: Enter, person: Person, workspace: str, billing: Billing
    ) -> None:
        enter(workspace)
        person.sees("0 / 50")
        billing.report([{"id": "c-1", "workspace_id": workspace, "metric": "conversation"}])
        person.sees("1 / 50")
