"""Migrations of a plan's subscribers as they are sent and answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field, StrictInt

from kernel.clock import as_utc
from runtime.web.openapi import means
from services.billing.application.plan_migrations.ledger import STATES, Item, State
from services.billing.application.plan_migrations.manage import MigrationCommand, Progress
from services.billing.domain.plan_migration.foresee import Foreseen, How
from services.billing.domain.plan_migration.state import PlanMigration
from services.billing.http.account_requests import CancelUrl, SuccessUrl
from services.billing.http.plan_fields import Slug
from services.billing.http.sale_bodies import Request

LONGEST_NOTICE = 365
# A forecast names so many of those who are concerned; it counts all.
SHOWN = 500
Notice = Annotated[
    StrictInt,
    Field(ge=0, le=LONGEST_NOTICE),
    means("How many days before it is charged otherwise each is told, at least.", 30),
]
Target = Annotated[Slug, means("The plan to move to; the same for the price it has now.", "pro-2")]
Started = Annotated[datetime, means("When it began.", "2026-12-01T09:00:00Z")]
From = Annotated[datetime, means("Nobody is moved before.", "2027-01-01T00:00:00Z")]


class NewPlanMigration(Request):
    """Where the subscribers of a plan go, and when."""

    to: Target
    notice_days: Notice = 30
    starts_at: Annotated[
        AwareDatetime | None, means("Nobody is moved before.", "2027-01-01T00:00:00Z")
    ] = None
    success_url: SuccessUrl | None = None
    cancel_url: CancelUrl | None = None

    def command(self, plan: str) -> MigrationCommand:
        return MigrationCommand(
            plan=plan,
            target=self.to,
            notice_days=self.notice_days,
            starts_at=as_utc(self.starts_at) if self.starts_at is not None else None,
            success_url=self.success_url,
            cancel_url=self.cancel_url,
        )


class ForeseenMove(BaseModel):
    """What is foreseen for one workspace."""

    workspace_id: Annotated[str, means("Whose subscription it is.", "acme")]
    gateway: Annotated[str, means("Where it is charged.", "stripe")]
    how: Annotated[
        How,
        means("`in_place`, after `approval` by mail, or `refused`.", "in_place"),
    ]
    price_cents: Annotated[int, means("What a unit costs now, in minor units.", 2900)]
    to_price_cents: Annotated[int | None, means("What it will cost.", 3900)]
    currency: Annotated[str, means("ISO 4217.", "USD")]
    effective_at: Annotated[
        datetime | None, means("The first period's end that may be.", "2027-01-12T09:00:00Z")
    ]
    reason: Annotated[str, means("Why it is refused: a code.", "")]


class PlanMigrationForecast(BaseModel):
    """A migration as it would be, or as it began."""

    id: Annotated[str | None, means("Null of a dry run.", "pmg_2f81c0")]
    dry_run: Annotated[bool, means("Whether nothing was done.", False)]
    plan: Annotated[Slug, means("Whose subscribers are moved.", "pro-1")]
    to: Target
    notice_days: Notice
    starts_at: From
    counts: Annotated[dict[How, int], means("Workspaces by how.", {"in_place": 120, "refused": 2})]
    data: Annotated[list[ForeseenMove], means(f"The first {SHOWN}; who is refused first.")]


class PlanMigrationBody(BaseModel):
    """A migration of a plan's subscribers."""

    id: Annotated[str, means("Names it.", "pmg_2f81c0")]
    plan: Annotated[Slug, means("Whose subscribers are moved.", "pro-1")]
    to: Target
    notice_days: Notice
    starts_at: From
    started_at: Started
    state: Annotated[
        Literal["running", "stopping", "stopped", "finished"],
        means("`stopping`: something planned is still to be undone.", "running"),
    ]
    counts: Annotated[
        dict[State, int], means("Workspaces by how far they are.", {"scheduled": 80, "moved": 40})
    ]


class PlanMigrationList(BaseModel):
    """The latest first."""

    data: Annotated[list[PlanMigrationBody], means("All of the plan.")]


class MigratingWorkspace(BaseModel):
    """How far one workspace is."""

    workspace_id: Annotated[str, means("Whose subscription it is.", "acme")]
    state: Annotated[State, means("How far it is.", "scheduled")]
    reason: Annotated[str, means("What it waits for, or why it is not moved: a code.", "")]
    scheduled_for: Annotated[
        datetime | None, means("When the gateway changes it.", "2027-01-12T09:00:00Z")
    ]


class PlanMigrationWorkspaces(BaseModel):
    """A page of them, by name."""

    data: Annotated[list[MigratingWorkspace], means("In the order of their names.")]
    next: Annotated[str | None, means("The cursor of the next page.", None)]


def forecast_body(
    migration: PlanMigration, concerned: Sequence[Foreseen], *, dry_run: bool = False
) -> PlanMigrationForecast:
    shown = sorted(concerned, key=lambda each: each.how != "refused")[:SHOWN]
    return PlanMigrationForecast(
        id=None if dry_run else migration.id,
        dry_run=dry_run,
        plan=migration.plan,
        to=migration.target,
        notice_days=migration.notice_days,
        starts_at=migration.starts_at,
        counts=Counter(each.how for each in concerned),
        data=[_foreseen(each) for each in shown],
    )


def _foreseen(foreseen: Foreseen) -> ForeseenMove:
    becomes = foreseen.becomes
    return ForeseenMove(
        workspace_id=foreseen.workspace,
        gateway=foreseen.gateway,
        how=foreseen.how,
        price_cents=foreseen.price.price_cents,
        to_price_cents=becomes.price_cents if becomes is not None else None,
        currency=foreseen.price.currency,
        effective_at=foreseen.effective_at,
        reason=foreseen.reason,
    )


def migration_body(progress: Progress) -> PlanMigrationBody:
    migration = progress.migration
    words = ("stopping", "stopped") if migration.stopped else ("running", "finished")
    return PlanMigrationBody(
        id=migration.id,
        plan=migration.plan,
        to=migration.target,
        notice_days=migration.notice_days,
        starts_at=migration.starts_at,
        started_at=migration.started_at,
        state=words[0] if progress.is_open else words[1],  # type: ignore[arg-type]
        counts={state: progress.counts[state] for state in STATES if state in progress.counts},
    )


def workspace_body(item: Item) -> MigratingWorkspace:
    return MigratingWorkspace(
        workspace_id=item.workspace,
        state=item.state,
        reason=item.reason,
        scheduled_for=item.scheduled_for,
    )
