"""A workspace's usage, for its members, services and platform admins."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel

from kernel.month import Month
from projections import fields
from projections.usage_counters import queries
from projections.usage_counters.overview_http import Period
from projections.usage_counters.projector import READ_MODEL
from runtime.readmodels.definition import ReadSide
from runtime.web.openapi import means


class Day(BaseModel):
    """Usage of a day."""

    date: Annotated[date, means("A UTC day.", "2026-11-26")]
    conversations: Annotated[int, means("Conversations.", 37)]
    messages: Annotated[int, means("Messages.", 512)]


class Agent(BaseModel):
    """Usage of an agent."""

    agent_id: Annotated[str, means("One of the workspace's agents.", "agent-7")]
    conversations: Annotated[int, means("Conversations.", 37)]
    messages: Annotated[int, means("Messages.", 512)]


class Threshold(BaseModel):
    """A part of a quota that was reached."""

    metric: Annotated[str, means("`message`, `conversation`, or a declared meter.", "conversation")]
    percent: Annotated[int, means("How much of the quota.", 80)]
    used: Annotated[int, means("What was counted then.", 800)]
    quota: Annotated[int, means("The limit at that moment.", 1000)]
    reached_at: Annotated[datetime, means("When.", "2026-11-20T10:00:00Z")]


class DayOfMeter(BaseModel):
    """Usage of a meter on a day."""

    date: Annotated[date, means("A UTC day with usage.", "2026-11-26")]
    value: Annotated[int, means("In the meter's smallest unit.", 3121)]


class PartOfMeter(BaseModel):
    """Usage of a meter under a value of one of its dimensions."""

    dimension: Annotated[str, means("The dimension.", "model")]
    name: Annotated[str, means("Its value.", "large")]
    value: Annotated[int, means("In the meter's smallest unit.", 3121)]
    is_rest: Annotated[
        bool,
        means("Whether it is `other`: what came behind 1,000 different values of a day.", False),
    ]


class UsageOfMeter(BaseModel):
    """Usage of a declared meter."""

    meter: Annotated[str, means("The meter.", "tokens")]
    value: Annotated[int, means("In its smallest unit.", 3121)]
    limit: Annotated[
        int | None,
        means("The quota in force, or at the end of a past month; null is unlimited.", 1_000_000),
    ]
    mode: Annotated[Literal["hard", "soft"], means("A soft one refuses nothing.", "hard")]
    remaining: Annotated[
        int | None,
        means("Of the quota neither used nor held; credits come on top of it.", 996_879),
    ]
    daily: Annotated[list[DayOfMeter], means("Days with usage, in order.")]
    dimensions: Annotated[list[PartOfMeter], means("The largest first.")]


class MonthlyLimits(BaseModel):
    """Of the built-in meters; null is unlimited."""

    conversations: Annotated[int | None, means("Conversations.", 1000)]
    messages: Annotated[int | None, means("Messages.", 20_000)]


class UncountedUnits(BaseModel):
    """Of the limits; null is unlimited."""

    conversations: Annotated[int | None, means("Conversations.", 963)]
    messages: Annotated[int | None, means("Messages.", 19_488)]


class MonthOfUsage(BaseModel):
    """Usage of a month."""

    period: Annotated[str, means("The UTC month.", "2026-11")]
    conversations: Annotated[int, means("Conversations.", 37)]
    messages: Annotated[int, means("Messages.", 512)]
    daily: Annotated[list[Day], means("Every day of the month, in order.")]


class UsageOfWorkspace(MonthOfUsage):
    """Usage of a workspace in a month."""

    workspace_id: fields.Workspace
    limits: Annotated[MonthlyLimits, means("The quotas in force, or at the end of a past month.")]
    remaining: Annotated[
        UncountedUnits,
        means("What is not counted yet; running starts, which take of it too, are not known here."),
    ]
    agents: Annotated[list[Agent], means("Those with usage.")]
    thresholds: Annotated[list[Threshold], means("Those that were reached.")]
    meters: Annotated[list[UsageOfMeter], means("Declared ones with usage or a quota, by slug.")]
    previous: Annotated[MonthOfUsage, means("The month before.")]


def router(read_side: ReadSide) -> APIRouter:
    routes = APIRouter(
        prefix="/v1/projections",
        tags=["usage"],
        dependencies=[read_side.access.workspace_reader, read_side.caught_up(READ_MODEL)],
    )

    @routes.get("/workspaces/{ws}/usage", response_model=UsageOfWorkspace)
    def show_usage(ws: str, period: Period = None) -> dict[str, Any]:
        """What a workspace used in a month. With its quotas, by day and by agent, and the month
        before."""
        now = read_side.clock()
        month = Month.of(now) if period is None else Month.parse(period)
        return queries.usage(read_side.database, ws, month, now)

    return routes
