"""Events that billing publishes, of a workspace `acme` and its plan `pro`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from contracts import billing

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


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


def subscription(status: Any = "active", plan: str = "pro", **changed: Any) -> billing.Subscription:
    made = billing.Subscription(
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
    return made.model_copy(update=changed)


def subscribed(status: Any = "active") -> billing.PlanSubscribed:
    return billing.PlanSubscribed(
        workspace_id="acme", subscription=subscription(status), checkout_id=None
    )


def cancelled() -> billing.SubscriptionCancelled:
    return billing.SubscriptionCancelled(
        workspace_id="acme", subscription=subscription("cancelled")
    )


def settings(email: str | None) -> billing.WorkspaceSettingsChanged:
    return billing.WorkspaceSettingsChanged(
        workspace_id="acme", plan_change="prorate", billing_email=email
    )
