"""A workspace's purchases, for its owners and admins."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from contracts.addons import STATUS_COLORS
from projections import fields
from projections.purchase_history import queries
from projections.purchase_history.projector import READ_MODEL
from runtime.postgres.database import Row
from runtime.readmodels.definition import ReadSide
from runtime.web.errors import Before, Limit, page
from runtime.web.openapi import means


class Step(BaseModel):
    """What happened to a purchase."""

    model_config = ConfigDict(extra="ignore")
    step: Annotated[str, means("What happened.", "paid")]
    at: Annotated[datetime, means("When.", "2026-11-22T10:00:03Z")]
    amount_cents: Annotated[int | None, means("Of a refund or dispute.", None)] = None
    refund_ref: Annotated[str | None, means("The refund's id at the gateway.", None)] = None
    reason: Annotated[str | None, means("Why.", None)] = None
    status: Annotated[Literal["open", "won", "lost"] | None, means("Of a dispute.", None)] = None


class BoughtAddon(BaseModel):
    """A purchase of the workspace."""

    purchase_id: fields.PurchaseId
    workspace_id: fields.Workspace
    addon: fields.Addon
    addon_name: fields.AddonName
    price_cents: fields.AddonPrice
    currency: fields.AddonCurrency
    status: fields.PurchaseStatus
    color: fields.Color
    blocks: Annotated[bool, means("Whether the add-on can't be bought again because of it.", True)]
    gateway: fields.Gateway
    charge_ref: fields.ChargeRef | None
    confirmation_url: fields.ConfirmationUrl
    decline_code: fields.DeclineCode
    refunded_cents: fields.RefundedCents
    refunding_cents: fields.RefundingCents
    buyer: fields.Buyer
    buyer_email: fields.BuyerEmail
    buyer_name: fields.BuyerName
    started_at: fields.OrderedAt
    paid_at: fields.PaidAt
    delivered_at: fields.DeliveredAt
    steps: Annotated[list[Step], means("What happened, in order.")]


class PurchaseHistory(BaseModel):
    """What a workspace has bought."""

    data: Annotated[list[BoughtAddon], means("The newest first.")]
    next: fields.NextCursor


def router(read_side: ReadSide) -> APIRouter:
    routes = APIRouter(
        prefix="/v1/projections",
        tags=["add-ons"],
        dependencies=[
            read_side.access.workspace_admin_or_support,
            read_side.caught_up(READ_MODEL),
        ],
    )

    def shown(row: Row) -> Row:
        return {
            **row,
            "color": STATUS_COLORS[row["status"]],
            "buyer_email": read_side.vault.unseal(row["buyer_email"]),
            "buyer_name": read_side.vault.unseal(row["buyer_name"]),
        }

    @routes.get("/workspaces/{ws}/purchases", response_model=PurchaseHistory)
    def list_purchases(ws: str, limit: Limit = 50, before: Before = "") -> dict[str, Any]:
        """What a workspace has bought. The newest first, with every step."""
        rows = queries.purchases(read_side.database, ws, int(before) if before else None, limit)
        answer = page(rows, limit, lambda row: str(row["position"]))
        return {**answer, "data": [shown(row) for row in answer["data"]]}

    return routes
