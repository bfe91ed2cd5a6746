"""Migrations of plans' subscribers in the published language."""

from __future__ import annotations

from collections.abc import Mapping

from contracts import billing as contract
from contracts.envelope import EventData
from kernel.events import DomainEvent
from services.billing.domain.plan_migration import events
from services.billing.domain.plan_migration.state import PREFIX
from services.billing.published.plain import Convert


def _started(event: events.PlanMigrationStarted) -> EventData:
    return contract.PlanMigrationStarted(
        slug=event.plan,
        migration_id=event.migration_id,
        target=event.target,
        starts_at=event.starts_at,
        notice_days=event.notice_days,
    )


def _stopped(event: events.PlanMigrationStopped) -> EventData:
    return contract.PlanMigrationStopped(
        slug=event.plan,
        migration_id=event.originator_id.removeprefix(PREFIX),
        target=event.target,
    )


CONTRACTS: Mapping[type[DomainEvent], Convert] = {
    events.PlanMigrationStarted: _started,
    events.PlanMigrationStopped: _stopped,
}
