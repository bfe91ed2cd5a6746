"""The catalogue over HTTP: pricing for everyone, the rest for admins."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel

from projections.plan_catalog import queries
from projections.plan_catalog.projector import READ_MODEL
from runtime.postgres.database import Row
from runtime.readmodels.definition import ReadSide
from runtime.web.errors import Limit, page

BEFORE = "`next` of the page before."
SlugCursor = Annotated[str, Query(pattern=r"^[a-z0-9-]{0,64}$", description=BEFORE)]
PriceCursor = Annotated[str, Query(pattern=r"^([0-9]{1,18}:[a-z0-9-]{1,64})?$", description=BEFORE)]


class PricedPlan(BaseModel):
    slug: str
    name: str
    family: str | None
    price_cents: int
    currency: str
    interval: Literal["month", "year"]
    monthly_conversations: int
    monthly_messages: int | None
    max_tokens_per_response: int | None
    features: dict[str, bool | int | str | None]
    limits: dict[str, int | None]
    is_default: bool


class Family(BaseModel):
    """Two variants of one offer. `yearly_saving_*` is against paying twelve months."""

    family: str
    currency: str
    monthly: PricedPlan | None
    yearly: PricedPlan | None
    yearly_saving_cents: int | None
    yearly_saving_percent: float | None


class Pricing(BaseModel):
    """`families` are those of all active plans, whatever page is shown."""

    data: list[PricedPlan]
    next: str | None
    families: list[Family]


class SyncState(BaseModel):
    state: Literal["synced", "pending", "failed", "local_only"]
    reason: str | None
    price_ref: str | None


class CataloguedPlan(PricedPlan):
    is_active: bool
    created_at: datetime
    subscribers: int
    grandfathered: int
    sync: dict[str, SyncState]


class Catalogue(BaseModel):
    data: list[CataloguedPlan]
    next: str | None


def _place(cursor: str) -> tuple[int, str]:
    price, _, slug = cursor.partition(":")
    return int(price), slug


def _cursor_of(plan: Row) -> str:
    return f"{plan['price_cents']}:{plan['slug']}"


def router(read_side: ReadSide) -> APIRouter:
    routes = APIRouter(
        prefix="/v1/projections", tags=["plans"], dependencies=[read_side.caught_up(READ_MODEL)]
    )
    database = read_side.database

    @routes.get("/plans", response_model=Pricing, dependencies=[read_side.access.anybody])
    def price_plans(limit: Limit = 50, cursor: PriceCursor = "") -> dict[str, Any]:
        plans = queries.active_plans(database)
        behind = [plan for plan in plans if not cursor or queries.place(plan) > _place(cursor)]
        families = queries.families(plans)
        return {**page(behind[: limit + 1], limit, _cursor_of), "families": families}

    @routes.get(
        "/plans/admin", response_model=Catalogue, dependencies=[read_side.access.super_admin]
    )
    def list_plans(limit: Limit = 50, cursor: SlugCursor = "") -> dict[str, Any]:
        return page(
            queries.all_plans(database, cursor, limit), limit, lambda plan: str(plan["slug"])
        )

    return routes
