"""The add-on page of a workspace, for its owners and admins."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel

from contracts.addons import STATUS_COLORS
from projections import fields
from projections.addon_catalog import queries
from projections.addon_catalog.projector import READ_MODEL
from runtime.postgres.database import Row
from runtime.readmodels.definition import ReadSide
from runtime.web.errors import Limit, page
from runtime.web.openapi import means

After = Annotated[
    str,
    Query(
        alias="cursor",
        pattern=r"^(-?\d{1,9}:[a-z0-9-]{1,64})?$",
        description="`next` of the page before.",
    ),
]
ENTRY = (
    *("slug", "name", "price_cents", "currency", "description", "features", "sort_order"),
    *("kind", "grants"),
)


class BlockingPurchase(BaseModel):
    """Why an add-on can't be bought now."""

    purchase_id: fields.PurchaseId
    status: fields.PurchaseStatus
    color: fields.Color
    confirmation_url: fields.ConfirmationUrl
    started_at: fields.OrderedAt


class OfferedCredits(BaseModel):
    """Credits that each paid purchase grants."""

    meter: Annotated[str, means("The meter.", "tokens")]
    amount: Annotated[int, means("Units.", 100000)]
    expires_in_days: Annotated[int | None, means("Null is never.", 365)]


class OfferedAddon(BaseModel):
    """An add-on that is for sale, as this workspace sees it."""

    slug: fields.Addon
    name: fields.AddonName
    price_cents: fields.AddonPrice
    currency: fields.AddonCurrency
    description: Annotated[str, means("A paragraph or two.", "We set everything up.")]
    features: Annotated[list[str], means("Bullets, in order.", ["Interview", "Set-up"])]
    sort_order: Annotated[int, means("The lowest is shown first.", 10)]
    kind: Annotated[
        Literal["service", "credits"], means("`credits` can be bought again and again.", "service")
    ]
    grants: Annotated[list[OfferedCredits], means("Of credits: what a purchase grants.", [])]
    can_buy: Annotated[bool, means("Whether this workspace can buy it now.", True)]
    blocked_by: Annotated[BlockingPurchase | None, means("The purchase that stands in the way.")]


class AddonPage(BaseModel):
    """What a workspace can buy."""

    data: Annotated[list[OfferedAddon], means("Active ones, in their order.")]
    next: fields.NextCursor


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
        """The add-ons that a workspace can buy. With what blocks those that it can't."""
        rows = queries.addons_for_sale(read_side.database, ws, _place(after), limit)
        answer = page(rows, limit, lambda row: f"{row['sort_order']}:{row['slug']}")
        return {**answer, "data": [_shown(row) for row in answer["data"]]}

    return routes
