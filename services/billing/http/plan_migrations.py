"""Moving the subscribers of a plan, over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from runtime.eventstore.store import EventStore
from runtime.web.auth import Access, Principal
from runtime.web.commands import command_router
from runtime.web.errors import Limit, page
from runtime.web.idempotency import IdempotencyKeys
from services.billing.application.plan_migrations.ledger import State
from services.billing.application.plan_migrations.manage import ManageMigrations
from services.billing.http import refusals
from services.billing.http.adjustments import DryRun
from services.billing.http.plan_migration_bodies import (
    NewPlanMigration,
    PlanMigrationBody,
    PlanMigrationForecast,
    PlanMigrationList,
    PlanMigrationWorkspaces,
    forecast_body,
    migration_body,
    workspace_body,
)
from services.billing.http.plans import OfPlan

OfMigration = Annotated[str, Path(description="Its id.", examples=["pmg_2f81c0"])]
InState = Annotated[State | None, Query(description="Those alone.")]
After = Annotated[
    str, Query(alias="cursor", max_length=128, description="`next` of the page before.")
]


def plan_migration_routes(
    manage: ManageMigrations, store: EventStore, keys: IdempotencyKeys, access: Access
) -> APIRouter:
    router = command_router(
        store, keys, prefix="/v1/billing/plans/{slug}/migrations", tags=["plans"]
    )
    _add_commands(router, manage, access.super_admin)
    _add_lists(router, manage, access.super_admin)
    return router


def _add_commands(router: APIRouter, manage: ManageMigrations, super_admin: Any) -> None:
    @router.post("", status_code=201, openapi_extra=refusals.OF_MIGRATING)
    def migrate_plan(
        slug: OfPlan,
        body: NewPlanMigration,
        response: Response,
        dry_run: DryRun = False,
        principal: Principal = super_admin,
    ) -> PlanMigrationForecast:
        """Move the subscribers of a plan to another plan or price. Each is told, and charged
        otherwise from the end of a period on; see `listPlanMigrations`."""
        command = body.command(slug)
        if dry_run:
            response.status_code = 200
            return forecast_body(*manage.foresee(command), dry_run=True)
        return forecast_body(*manage.start(command, principal.cause()))

    @router.post("/{id}/stop", openapi_extra=refusals.OF_A_MIGRATION)
    def stop_plan_migration(
        slug: OfPlan,
        id: OfMigration,  # noqa: A002
        principal: Principal = super_admin,
    ) -> PlanMigrationBody:
        """Stop a migration. What was planned at gateways is undone, and who was told of it is told;
        who was moved stays. Twice changes nothing."""
        return migration_body(manage.stop(slug, id, principal.cause()))


def _add_lists(router: APIRouter, manage: ManageMigrations, super_admin: Any) -> None:
    @router.get("", openapi_extra=refusals.OF_MIGRATIONS)
    def list_plan_migrations(slug: OfPlan, _: Principal = super_admin) -> PlanMigrationList:
        """List the migrations of a plan's subscribers, the latest first, with their progress."""
        return PlanMigrationList(data=[migration_body(each) for each in manage.progress(slug)])

    @router.get("/{id}/workspaces", openapi_extra=refusals.OF_A_MIGRATION)
    def list_migrating_workspaces(
        slug: OfPlan,
        id: OfMigration,  # noqa: A002
        state: InState = None,
        cursor: After = "",
        limit: Limit = 50,
        _: Principal = super_admin,
    ) -> PlanMigrationWorkspaces:
        """List the workspaces of a migration, by name, and how far each is."""
        found = manage.items(slug, id, state, cursor, limit + 1)
        shown = page(
            [workspace_body(each) for each in found], limit, lambda each: each.workspace_id
        )
        return PlanMigrationWorkspaces(**shown)
