"""A migration is started and stopped."""

from __future__ import annotations

from datetime import datetime

from kernel.events import DomainEvent
from services.billing.domain.errors import PlanInactive, PlanLocalOnly, PlanOnRequest
from services.billing.domain.plan.state import Plan
from services.billing.domain.plan_migration import events
from services.billing.domain.plan_migration.state import PlanMigration


def require_target(target: Plan) -> None:
    """Raises PlanInactive, PlanOnRequest or PlanLocalOnly."""
    if not target.is_active:
        raise PlanInactive(slug=target.slug)
    if target.terms.contact_us:
        raise PlanOnRequest(slug=target.slug)
    if target.price.is_free:
        raise PlanLocalOnly(slug=target.slug)


def decide_start(wanted: PlanMigration, target: Plan) -> list[DomainEvent]:
    require_target(target)
    return [
        events.PlanMigrationStarted(
            timestamp=wanted.started_at,
            migration_id=wanted.id,
            plan=wanted.plan,
            target=wanted.target,
            starts_at=wanted.starts_at,
            notice_days=wanted.notice_days,
            success_url=wanted.success_url,
            cancel_url=wanted.cancel_url,
        )
    ]


def decide_stop(migration: PlanMigration, at: datetime) -> list[DomainEvent]:
    """Twice changes nothing."""
    if migration.stopped:
        return []
    return [events.PlanMigrationStopped(timestamp=at, plan=migration.plan, target=migration.target)]
