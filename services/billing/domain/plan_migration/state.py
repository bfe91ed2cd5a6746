"""What its events make of a migration."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from kernel.decider import Decider
from kernel.events import DomainEvent
from services.billing.domain.plan_migration import events

PREFIX = "plan-migration:"


def migration_stream(migration_id: str) -> str:
    return f"{PREFIX}{migration_id}"


@dataclass(frozen=True, kw_only=True)
class PlanMigration:
    id: str
    plan: str
    target: str
    starts_at: datetime
    notice_days: int
    started_at: datetime
    success_url: str | None = None
    cancel_url: str | None = None
    stopped: bool = False

    def not_before(self, told_at: datetime) -> datetime:
        """When somebody who is told at that time may be charged otherwise."""
        return max(self.starts_at, told_at + timedelta(days=self.notice_days))


def evolve(migration: PlanMigration | None, event: DomainEvent) -> PlanMigration:
    if migration is None:
        if not isinstance(event, events.PlanMigrationStarted):
            raise TypeError(f"a migration does not begin with {type(event).__name__}")
        return PlanMigration(
            id=event.migration_id,
            plan=event.plan,
            target=event.target,
            starts_at=event.starts_at,
            notice_days=event.notice_days,
            started_at=event.timestamp,
            success_url=event.success_url,
            cancel_url=event.cancel_url,
        )
    if isinstance(event, events.PlanMigrationStopped):
        return replace(migration, stopped=True)
    raise NotImplementedError(f"a migration does not know {type(event).__name__}")


PLAN_MIGRATION = Decider("billing.PlanMigration", evolve)
