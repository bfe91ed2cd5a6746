"""What an account is told of a migration of its plan's subscribers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from kernel.events import DomainEvent
from services.billing.domain.account.subscription import AgreedPrice


@dataclass(frozen=True, kw_only=True)
class PlanMigrationAnnounced(DomainEvent):
    """Not before `not_before`, and probably at `effective_at`, `deal` is charged. `approval`: only
    after the payer agreed at the gateway."""

    TOPIC: ClassVar[str] = "billing.PlanMigrationAnnounced"
    migration_id: str
    plan: str
    deal: AgreedPrice
    not_before: datetime
    effective_at: datetime | None
    approval: bool


@dataclass(frozen=True, kw_only=True)
class PlanMigrationApprovalAsked(DomainEvent):
    """`checkout_id` is the page on which the payer agrees."""

    TOPIC: ClassVar[str] = "billing.PlanMigrationApprovalAsked"
    migration_id: str
    checkout_id: str
    url: str


@dataclass(frozen=True, kw_only=True)
class PlanMigrationWithdrawn(DomainEvent):
    """What was announced will not happen. `reason` is a code."""

    TOPIC: ClassVar[str] = "billing.PlanMigrationWithdrawn"
    migration_id: str
    reason: str
