"""Usage of all workspaces over HTTP, for the platform's people."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel

from kernel.month import Month
from projections import fields
from projections.usage_counters.overview import Search, cursor_of, overview, whole_overview
from projections.usage_counters.projector import READ_MODEL
from runtime.postgres.database import Row
from runtime.readmodels.definition import ReadSide
from runtime.readmodels.filters import Words
from runtime.web.errors import Limit, page
from runtime.web.openapi import means
from runtime.web.spreadsheet import EXPORTED, Form, csv_answer

# Far from where calendars end: there is always a month before and after.
MONTH = r"^(19|2[0-9])[0-9]{2}-(0[1-9]|1[0-2])$"
Period = Annotated[
    str | None,
    Query(pattern=MONTH, description="A UTC month such as `2026-11`; the present one by default."),
]
Near = Annotated[
    int | None,
    Query(ge=1, le=1000, description="Only with a quota of which so many percent are used."),
]
Known = Annotated[
    bool | None,
    Query(description="`false`: only workspaces that billing has never heard of."),
]
Cursor = Annotated[
    str, Query(pattern=r"^[A-Za-z0-9_.-]{0,128}$", description="`next` of the page before.")
]


class NearLimit(BaseModel):
    """A part of the quota in force that was reached."""

    meter: Annotated[str, means("Of what.", "message")]
    percent: Annotated[int, means("How much of the quota.", 80)]
    used: Annotated[int, means("What was counted then.", 16000)]
    quota: Annotated[int, means("The limit at that moment.", 20000)]
    reached_at: Annotated[datetime, means("When.", "2026-11-20T10:00:00Z")]


class WorkspaceUsage(BaseModel):
    """What a workspace used in the month."""

    workspace_id: fields.Workspace
    is_known: Annotated[bool, means("Whether billing ever heard of it.", True)]
    conversations: Annotated[int, means("Conversations.", 370)]
    messages: Annotated[int, means("Messages.", 16012)]
    meters: Annotated[dict[str, int], means("Of declared meters.", {"tokens": 3121})]
    near: Annotated[list[NearLimit], means("The last threshold of each quota.")]


class UsagePage(BaseModel):
    """Workspaces with usage in the month."""

    period: Annotated[str, means("The UTC month.", "2026-11")]
    data: Annotated[list[WorkspaceUsage], means("By workspace.")]
    next: fields.NextCursor


def _searched(near: Near = None, known: Known = None, words: Words = "") -> dict[str, Any]:
    return {"near": near, "known": known, "words": words}


Searched = Annotated[dict[str, Any], Depends(_searched)]


def router(read_side: ReadSide) -> APIRouter:
    routes = APIRouter(
        prefix="/v1/projections",
        tags=["usage"],
        dependencies=[read_side.access.support, read_side.caught_up(READ_MODEL)],
    )
    database = read_side.database

    @routes.get("/usage", response_model=UsagePage, responses=EXPORTED)
    def list_usage(
        searched: Searched,
        period: Period = None,
        limit: Limit = 50,
        cursor: Cursor = "",
        form: Form = "json",
    ) -> Response | dict[str, Any]:
        """What all workspaces used in a month. Who is near a limit, and who is metered although
        billing has never heard of them. `q` looks in the workspace."""
        month = Month.of(read_side.clock()) if period is None else Month.parse(period)
        search = Search(month=month, **searched)
        if form == "csv":
            rows = _flat(whole_overview(database, search))
            return csv_answer("usage", list(WorkspaceUsage.model_fields), rows)
        found = page(overview(database, search, cursor, limit), limit, cursor_of)
        return {**found, "period": str(month)}

    return routes


def _flat(rows: Iterator[Row]) -> Iterator[Row]:
    """What has parts is written as JSON."""
    for row in rows:
        yield {**row, **{name: json.dumps(row[name]) for name in ("meters", "near")}}
