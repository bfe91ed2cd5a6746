"""What happened to a migration of a plan's subscribers: stream `plan-migration:<id>`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from kernel.events import CreatedEvent, DomainEvent


@dataclass(frozen=True, kw_only=True)
class PlanMigrationStarted(CreatedEvent):
    """`target` is `plan` where only the price is to change. The pages to come back to are for who
    has to approve at a gateway."""

    TOPIC: ClassVar[str] = "billing.PlanMigrationStarted"
    migration_id: str
    plan: str
    target: str
    starts_at: datetime
    notice_days: int
    success_url: str | None
    cancel_url: str | None


@dataclass(frozen=True, kw_only=True)
class PlanMigrationStopped(DomainEvent):
    """Who was moved stays moved."""

    TOPIC: ClassVar[str] = "billing.PlanMigrationStopped"
    plan: str
    target: str
