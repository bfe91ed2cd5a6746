"""Subscribers of a plan are moved to another plan, or to the price that it has now."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from contracts.envelope import EventData


class PlanMigrationStarted(EventData):
    """Those who subscribe to `slug` now are to be moved to `target`, which is the same plan where
    only the price changes. None before `starts_at`, or sooner than `notice_days` after it was
    told."""

    TYPE = "billing.PlanMigrationStarted.v1"
    slug: str
    migration_id: str
    target: str
    starts_at: datetime
    notice_days: int


class PlanMigrationStopped(EventData):
    """Who was moved stays moved; nobody else is."""

    TYPE = "billing.PlanMigrationStopped.v1"
    slug: str
    migration_id: str
    target: str


class PlanMigrationAnnounced(EventData):
    """A unit will cost `price_cents`, not before `not_before` and probably from `effective_at` on.
    `approval`: only once the payer agrees at the gateway."""

    TYPE = "billing.PlanMigrationAnnounced.v1"
    workspace_id: str
    migration_id: str
    plan: str
    target: str
    price_cents: int
    currency: str
    interval: Literal["month", "year"]
    not_before: datetime
    effective_at: datetime | None
    approval: bool


class PlanMigrationApprovalAsked(EventData):
    """At `url` the payer agrees; until then nothing changes."""

    TYPE = "billing.PlanMigrationApprovalAsked.v1"
    workspace_id: str
    migration_id: str
    checkout_id: str
    url: str


class PlanMigrationWithdrawn(EventData):
    """What was announced will not happen. `reason` is a code: `stopped`, or an error's."""

    TYPE = "billing.PlanMigrationWithdrawn.v1"
    workspace_id: str
    migration_id: str
    reason: str
