"""Endpoints are told what a workspace may, whenever that changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from contracts import billing
from contracts.envelope import Envelope, EventData
from services.notifications.policies import follow
from tests.support.webhook_service import Receiver, WebhookService

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
STATE = ["workspace.state_changed"]


def plan(slug: str, *, messages: int, is_default: bool = False) -> billing.PlanCreated:
    return billing.PlanCreated(
        slug=slug,
        name=slug.title(),
        family=None,
        price_cents=0 if is_default else 2900,
        currency="USD",
        interval="month",
        monthly_conversations=10,
        monthly_messages=messages,
        max_tokens_per_response=None,
        features={"remove_branding": not is_default},
        limits={"agents": 1},
        is_active=True,
        is_default=is_default,
    )


def subscription(status: Any = "active", plan: str = "pro") -> billing.Subscription:
    return billing.Subscription(
        workspace_id="acme",
        plan=plan,
        status=status,
        gateway="stripe",
        subscription_ref="sub_1",
        customer_ref="cus_1",
        price_cents=2900,
        currency="USD",
        interval="month",
        started_at=NOW,
        checkout_id=None,
        period_start=None,
        period_end=None,
        cancel_at=None,
        ended_at=None,
        next_plan=None,
    )


def subscribed(status: Any = "active") -> billing.PlanSubscribed:
    return billing.PlanSubscribed(
        workspace_id="acme", subscription=subscription(status), checkout_id=None
    )


def cancelled() -> billing.SubscriptionCancelled:
    return billing.SubscriptionCancelled(
        workspace_id="acme", subscription=subscription("cancelled")
    )


@pytest.fixture
def happen(webhooks: WebhookService) -> Callable[..., None]:
    """What billing publishes, as the service's consumer applies it."""
    count = 0

    def apply(*bodies: EventData) -> None:
        nonlocal count
        events = []
        for body in bodies:
            count += 1
            events.append(_envelope(count, body))
        with webhooks.parts.database.transaction(commit=True) as cursor:
            follow(cursor, events)

    apply(plan("free", messages=5, is_default=True), plan("pro", messages=500))
    return apply


def _envelope(sequence: int, data: EventData) -> Envelope:
    workspace = getattr(data, "workspace_id", "")
    return Envelope(
        service="billing",
        sequence=sequence,
        type=data.TYPE,
        key=workspace or "plan",
        subject=workspace,
        time=NOW,
        recorded_at=NOW,
        stream="s",
        version=1,
        actor="",
        correlation_id="",
        causation_id="",
        digest="",
        data=data,
    )


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
