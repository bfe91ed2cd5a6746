"""Endpoints are told what a workspace may, whenever that changes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from contracts import billing
from tests.support.billing_events import cancelled, plan, subscribed
from tests.support.webhook_service import Receiver, WebhookService

STATE = ["workspace.state_changed"]


@pytest.fixture
def happen(webhooks: WebhookService) -> Callable[..., None]:
    webhooks.applied(plan("free", messages=5, is_default=True), plan("pro", messages=500))
    return webhooks.applied


class TestWorkspaceState:
    def test_is_told_whole_with_what_it_was(
        self, webhooks: WebhookService, host: Receiver, happen: Callable[..., None]
    ) -> None:
        endpoint = webhooks.add(host.url, event_types=STATE)["id"]
        happen(subscribed())
        webhooks.send(endpoint)
        [event] = host.events
        assert (event["type"], event["subject"]) == ("workspace.state_changed", "acme")
        data = event["data"]
        assert data["cause"] == "billing:3"
        assert (data["state"]["plan"], data["state"]["monthly_messages"]) == ("pro", 500)
        assert data["previous"] == {
            "plan": "free",
            "has_access": False,
            "status": None,
            "quantity": None,
            "monthly_messages": 5,
            "features": {"remove_branding": False},
        }

    def test_falls_back_to_the_default_plan(
        self, webhooks: WebhookService, host: Receiver, happen: Callable[..., None]
    ) -> None:
        endpoint = webhooks.add(host.url, event_types=STATE)["id"]
        happen(subscribed(), cancelled())
        webhooks.send(endpoint)
        last = host.events[-1]["data"]
        assert (last["state"]["plan"], last["state"]["has_access"]) == ("free", False)
        assert last["previous"]["plan"] == "pro"

    def test_what_changes_nothing_is_not_told(
        self, webhooks: WebhookService, host: Receiver, happen: Callable[..., None]
    ) -> None:
        endpoint = webhooks.add(host.url, event_types=STATE)["id"]
        happen(subscribed(), subscribed(), billing.PlanRenamed(slug="pro", name="Other"))
        webhooks.send(endpoint)
        assert len(host.events) == 1

    def test_new_terms_are_told_to_whom_they_concern(
        self, webhooks: WebhookService, host: Receiver, happen: Callable[..., None]
    ) -> None:
        happen(subscribed())
        endpoint = webhooks.add(host.url, event_types=["addons.*", *STATE])["id"]
        changed = plan("pro", messages=900).model_dump()
        happen(billing.PlanLimitsChanged.model_validate(changed))
        happen(billing.PlanLimitsChanged.model_validate({**changed, "slug": "other"}))
        webhooks.send(endpoint)
        [event] = host.events
        assert event["data"]["previous"] == {"monthly_messages": 500}

    def test_waits_in_order_while_the_endpoint_is_away(
        self, webhooks: WebhookService, host: Receiver, happen: Callable[..., None]
    ) -> None:
        endpoint = webhooks.add(host.url, event_types=STATE)["id"]
        host.answers(500, 200)
        happen(subscribed())
        webhooks.send(endpoint)
        happen(cancelled())
        webhooks.later(seconds=10)
        webhooks.send(endpoint)
        plans = [event["data"]["state"]["plan"] for event in host.events]
        assert plans == ["pro", "pro", "free"]
