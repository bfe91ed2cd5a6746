"""What people are told of a migration of their plan's subscribers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from contracts import billing
from contracts.envelope import Envelope, EventData
from kernel.money import Money
from services.notifications.application.people.notices import Planned
from services.notifications.domain.notice import Kind, Notice, day


def when_migration_announced(planned: Planned, event: Envelope) -> None:
    """Who has to agree first is told when it is time to."""
    told = event.data
    if isinstance(told, billing.PlanMigrationAnnounced) and not told.approval:
        facts = {
            "plan": told.plan,
            "target": told.target,
            "amount": str(Money(told.price_cents, told.currency)),
            "date": day(told.effective_at or told.not_before),
        }
        planned.add(_notice(event, "change_ahead", told.migration_id, facts))


def when_approval_asked(planned: Planned, event: Envelope) -> None:
    asked = event.data
    if isinstance(asked, billing.PlanMigrationApprovalAsked):
        planned.add(_notice(event, "approval_needed", asked.migration_id, {"url": asked.url}))


def when_migration_withdrawn(planned: Planned, event: Envelope) -> None:
    """To whom it was told. What was not written yet is not told at all."""
    withdrawn = event.data
    if isinstance(withdrawn, billing.PlanMigrationWithdrawn):
        planned.drop(event.subject, withdrawn.migration_id)
        if planned.was_told(event.subject, withdrawn.migration_id):
            planned.add(_notice(event, "change_withdrawn", withdrawn.migration_id, {}))


POLICIES: Mapping[type[EventData], Callable[[Planned, Envelope], None]] = {
    billing.PlanMigrationAnnounced: when_migration_announced,
    billing.PlanMigrationApprovalAsked: when_approval_asked,
    billing.PlanMigrationWithdrawn: when_migration_withdrawn,
}


def plan_migration_notices(planned: Planned, event: Envelope) -> None:
    policy = POLICIES.get(type(event.data))
    if policy is not None:
        policy(planned, event)


def _notice(event: Envelope, kind: Kind, migration: str, facts: Mapping[str, Any]) -> Notice:
    return Notice(f"{kind}:{event.id}", event.subject, kind, event.time, facts, migration)
