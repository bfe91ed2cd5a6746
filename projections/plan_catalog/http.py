"""The catalogue over HTTP: pricing for everyone, the rest for admins."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel

from projections import fields
from projections.plan_catalog import queries
from projections.plan_catalog.projector import READ_MODEL
from runtime.postgres.database import Row
from runtime.readmodels.definition import ReadSide
from runtime.web.errors import Limit, page
from runtime.web.openapi import means

BEFORE = "`next` of the page before."
SlugCursor = Annotated[str, Query(pattern=r"^[a-z0-9-]{0,64}$", description=BEFORE)]
CurrencyWanted = Annotated[
    str,
    Query(
        pattern=r"^([A-Z]{3})?$",
        description="Prices in that, of the plans that have one; the others in their own.",
        examples=["EUR"],
    ),
]
PriceCursor = Annotated[str, Query(pattern=r"^([0-9]{1,18}:[a-z0-9-]{1,64})?$", description=BEFORE)]


class PerUnit(BaseModel):
    """The price is that of one unit."""

    unit: Annotated[str, means("What is counted.", "seat")]
    min: Annotated[int, means("The least that are sold.", 1)]
    max: Annotated[int | None, means("The most; null is no limit.", None)]
    scales: Annotated[list[str], means("Limits and quotas of one unit.", ["members"])]


class PricedPlan(BaseModel):
    """A plan with its price."""

    slug: fields.Plan
    name: Annotated[str, means("What people read.", "Pro")]
    family: Annotated[str | None, means("What its variants have in common.", "pro")]
    price_cents: Annotated[
        int | None,
        means("Minor units, charged once per interval; null where it has to be asked for.", 2900),
    ]
    currency: fields.Currency
    interval: fields.Interval
    monthly_conversations: Annotated[int, means("A UTC month; 0 is unlimited.", 1000)]
    monthly_messages: Annotated[int | None, means("A UTC month; null is no cap.", 20000)]
    max_tokens_per_response: Annotated[int | None, means("Null is the default, 800.", 1200)]
    features: Annotated[
        dict[str, bool | int | str | None], means("Flags by name.", {"remove_branding": True})
    ]
    limits: Annotated[
        dict[str, int | None], means("Caps by name; null is unlimited.", {"agents": 5})
    ]
    contact_us: Annotated[
        bool, means("Shown without a price, and not for sale at a checkout.", False)
    ]
    while_paused: Annotated[
        Literal["default_plan", "own_plan", "nothing"],
        means("What who pauses it lives on meanwhile.", "default_plan"),
    ]
    is_default: Annotated[bool, means("Whether it is what comes without a subscription.", False)]
    per_unit: Annotated[PerUnit | None, means("Null where one is sold.")]
    trial_days: Annotated[int | None, means("Free before the first charge.", 14)]
    trial_requires_card: Annotated[bool, means("Whether a trial needs a card.", True)]
    prices: Annotated[
        dict[str, int], means("What it costs in further currencies, minor units.", {"EUR": 2700})
    ]


class Family(BaseModel):
    """Two variants of one offer."""

    family: Annotated[str, means("What the variants have in common.", "pro")]
    currency: fields.Currency
    monthly: Annotated[PricedPlan | None, means("Charged by month.")]
    yearly: Annotated[PricedPlan | None, means("Charged by year.")]
    yearly_saving_cents: Annotated[int | None, means("Against twelve months.", 5800)]
    yearly_saving_percent: Annotated[float | None, means("The same in percent.", 16.7)]


class Pricing(BaseModel):
    """What is for sale."""

    data: Annotated[list[PricedPlan], means("The cheapest first.")]
    next: fields.NextCursor
    families: Annotated[list[Family], means("Of all active plans, whatever page is shown.")]


class SyncState(BaseModel):
    """How a plan stands at a gateway."""

    state: Annotated[
        Literal["synced", "pending", "failed", "local_only"], means("How it stands.", "synced")
    ]
    reason: Annotated[str | None, means("Of a failure.", None)]
    price_ref: Annotated[str | None, means("The price's id at the gateway.", "price_1N8Zq2")]


class CataloguedPlan(PricedPlan):
    """A plan, as the platform sees it."""

    is_active: Annotated[bool, means("Whether it can be chosen.", True)]
    created_at: Annotated[datetime, means("When it was created.", "2026-01-01T00:00:00Z")]
    subscribers: Annotated[int, means("Who has it now.", 120)]
    grandfathered: Annotated[int, means("Who of them pays an earlier price.", 14)]
    sync: Annotated[
        dict[str, SyncState],
        means(
            "By gateway.",
            {"stripe": {"state": "failed", "reason": "It is down.", "price_ref": "price_1N8Zq2"}},
        ),
    ]


class Catalogue(BaseModel):
    """All plans, active or not."""

    data: Annotated[list[CataloguedPlan], means("All, by slug.")]
    next: fields.NextCursor


def _place(cursor: str) -> tuple[int, str]:
    price, _, slug = cursor.partition(":")
    return int(price), slug


def _cursor_of(plan: Row) -> str:
    return ":".join(map(str, queries.place(plan)))


def router(read_side: ReadSide) -> APIRouter:
    routes = APIRouter(
        prefix="/v1/projections", tags=["plans"], dependencies=[read_side.caught_up(READ_MODEL)]
    )
    database = read_side.database

    @routes.get("/plans", response_model=Pricing, dependencies=[read_side.access.anybody])
    def price_plans(
        limit: Limit = 50, cursor: PriceCursor = "", currency: CurrencyWanted = ""
    ) -> dict[str, Any]:
        """What is for sale. The active plans, and the pairs of monthly and yearly ones."""
        plans = queries.active_plans(database, currency)
        behind = [plan for plan in plans if not cursor or queries.place(plan) > _place(cursor)]
        families = queries.families(plans)
        return {**page(behind[: limit + 1], limit, _cursor_of), "families": families}

    @routes.get(
        "/plans/admin", response_model=Catalogue, dependencies=[read_side.access.super_admin]
    )
    def list_plans(limit: Limit = 50, cursor: SlugCursor = "") -> dict[str, Any]:
        """All plans, with their subscribers and their sync. Active or not."""
        return page(
            queries.all_plans(database, cursor, limit), limit, lambda plan: str(plan["slug"])
        )

    return routes
