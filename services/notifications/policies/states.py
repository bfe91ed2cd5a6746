"""What a workspace is entitled to, as billing's events tell it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from contracts import billing
from contracts.envelope import Envelope, EventData
from services.notifications.application.workspace_states import Origin, WorkspaceStates


def when_plan_created(states: WorkspaceStates, plan: billing.PlanCreated, origin: Origin) -> None:
    states.change_terms(plan.slug, _terms(plan), origin)
    if plan.is_default:
        states.make_default(plan.slug, origin)


def when_plan_limits_changed(
    states: WorkspaceStates, plan: billing.PlanLimitsChanged, origin: Origin
) -> None:
    states.change_terms(plan.slug, _terms(plan), origin)


def when_plan_made_default(
    states: WorkspaceStates, plan: billing.PlanMadeDefault, origin: Origin
) -> None:
    states.make_default(plan.slug, origin)


def when_subscription_changed(
    states: WorkspaceStates, event: billing.SubscriptionEvent, origin: Origin
) -> None:
    subscription = event.subscription
    facts = {
        **subscription.model_dump(mode="json"),
        "quantity": subscription.quantity,
        "has_access": subscription.status in billing.ACCESS,
    }
    states.change_subscription(event.workspace_id, facts, origin)


def when_workspace_erased(
    states: WorkspaceStates, event: billing.WorkspaceErased, _: Origin
) -> None:
    states.forget(event.workspace_id)


OF_STATES: Mapping[type[EventData], Callable[..., None]] = {
    billing.PlanCreated: when_plan_created,
    billing.PlanLimitsChanged: when_plan_limits_changed,
    billing.PlanMadeDefault: when_plan_made_default,
    billing.WorkspaceErased: when_workspace_erased,
    **dict.fromkeys(billing.SubscriptionEvent.__subclasses__(), when_subscription_changed),
}


def change_state(states: WorkspaceStates, event: Envelope) -> None:
    policy = OF_STATES.get(type(event.data))
    if policy is not None:
        policy(states, event.data, Origin(event.id, event.time))


def _terms(plan: billing.PlanCreated | billing.PlanLimitsChanged) -> dict[str, object]:
    return {
        "monthly_conversations": plan.monthly_conversations,
        "monthly_messages": plan.monthly_messages,
        "max_tokens_per_response": plan.max_tokens_per_response,
        "features": dict(plan.features),
        "limits": dict(plan.limits),
        "quotas": {name: quota.model_dump() for name, quota in plan.quotas.items()},
        "past_due_days": plan.past_due_days,
        "reminder_days": plan.reminder_days,
    }
