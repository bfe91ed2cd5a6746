"""The add-on page of a workspace, for its owners and admins."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from contracts.addons import STATUS_COLORS, ShownStatus
from projections.addon_catalog import queries
from projections.addon_catalog.projector import READ_MODEL
from runtime.postgres.database import Row
from runtime.readmodels.definition import ReadSide
from runtime.web.errors import Limit, page

After = Annotated[
    str,
    Query(
        alias="cursor",
        pattern=r"^(-?\d{1,9}:[a-z0-9-]{1,64})?$",
        description="`next` of the page before.",
    ),
]
ENTRY = ("slug", "name", "price_cents", "currency", "description", "features", "sort_order")


class BlockingPurchase(BaseModel):
    purchase_id: str
    status: ShownStatus
    color: str
    confirmation_url: str | None
    started_at: datetime


class OfferedAddon(BaseModel):
    """`blocked_by` says why not when `can_buy` is false."""

    slug: str
    name: str
    price_cents: int
    currency: str
    description: str
    features: list[str]
    sort_order: int
    can_buy: bool
    blocked_by: BlockingPurchase | None


class AddonPage(BaseModel):
    data: list[OfferedAddon]
    next: str | None


def _shown(row: Row) -> dict[str, Any]:
    blocked = row["purchase_id"] is not None
    return {
        **{name: row[name] for name in ENTRY},
        "can_buy": not blocked,
        "blocked_by": {**row, "color": STATUS_COLORS[row["status"]]} if blocked else None,
    }


def _place(cursor: str) -> queries.Place | None:
    sort_order, _, slug = cursor.partition(":")
    return (int(sort_order), slug) if slug else None


def router(read_side: ReadSide) -> APIRouter:
    routes = APIRouter(
        prefix="/v1/projections",
        tags=["add-ons"],
        dependencies=[read_side.access.workspace_admin, read_side.caught_up(READ_MODEL)],
    )

    @routes.get("/workspaces/{ws}/addons", response_model=AddonPage)
    def list_offered_addons(ws: str, limit: Limit = 50, after: After = "") -> dict[str, Any]:
        rows = queries.addons_for_sale(read_side.database, ws, _place(after), limit)
        answer = page(rows, limit, lambda row: f"{row['sort_order']}:{row['slug']}")
        return {**answer, "data": [_shown(row) for row in answer["data"]]}

    return routes
