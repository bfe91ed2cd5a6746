"""A workspace's usage, for its members, services and platform admins."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel

from kernel.month import Month
from projections.usage_counters import queries
from projections.usage_counters.projector import READ_MODEL
from runtime.readmodels.definition import ReadSide

# Far from where calendars end: there is always a month before and after.
MONTH = r"^(19|2[0-9])[0-9]{2}-(0[1-9]|1[0-2])$"
Period = Annotated[
    str | None,
    Query(pattern=MONTH, description="A UTC month such as `2026-11`; the present one by default."),
]


class Day(BaseModel):
    date: date
    conversations: int
    messages: int


class Agent(BaseModel):
    agent_id: str
    conversations: int
    messages: int


class Threshold(BaseModel):
    """`quota` is the limit when `percent` of it was reached."""

    metric: Literal["message", "conversation"]
    percent: int
    used: int
    quota: int
    reached_at: datetime


class MonthOfUsage(BaseModel):
    """`daily` has every day of the month, in order."""

    period: str
    conversations: int
    messages: int
    daily: list[Day]


class UsageOfWorkspace(MonthOfUsage):
    workspace_id: str
    agents: list[Agent]
    thresholds: list[Threshold]
    previous: MonthOfUsage


def router(read_side: ReadSide) -> APIRouter:
    routes = APIRouter(
        prefix="/v1/projections",
        tags=["usage"],
        dependencies=[read_side.access.workspace_reader, read_side.caught_up(READ_MODEL)],
    )

    @routes.get("/workspaces/{ws}/usage", response_model=UsageOfWorkspace)
    def show_usage(ws: str, period: Period = None) -> dict[str, Any]:
        return queries.usage(read_side.database, ws, _month(period, read_side))

    return routes


def _month(period: str | None, read_side: ReadSide) -> Month:
    return Month.of(read_side.clock()) if period is None else Month.parse(period)
