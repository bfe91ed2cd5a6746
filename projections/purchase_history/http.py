"""A workspace's purchases, for its owners and admins."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from contracts.addons import STATUS_COLORS, ShownStatus
from projections.purchase_history import queries
from projections.purchase_history.projector import READ_MODEL
from runtime.postgres.database import Row
from runtime.readmodels.definition import ReadSide
from runtime.web.errors import Before, Limit, page


class Step(BaseModel):
    """Refunds say their amount, their reference at the gateway and the reason; disputes their
    amount, reason, and whether they are open, won or lost."""

    model_config = ConfigDict(extra="ignore")
    step: str
    at: datetime
    amount_cents: int | None = None
    refund_ref: str | None = None
    reason: str | None = None
    status: Literal["open", "won", "lost"] | None = None


class BoughtAddon(BaseModel):
    """`blocks`: the add-on can't be bought again because of this purchase. `refunding_cents` are
    on their way back, `refunded_cents` have arrived."""

    purchase_id: str
    workspace_id: str
    addon: str
    addon_name: str
    price_cents: int
    currency: str
    status: ShownStatus
    color: str
    blocks: bool
    gateway: str
    charge_ref: str | None
    confirmation_url: str | None
    decline_code: str | None
    refunded_cents: int
    refunding_cents: int
    buyer: str
    buyer_email: str | None
    buyer_name: str | None
    started_at: datetime
    paid_at: datetime | None
    delivered_at: datetime | None
    steps: list[Step]


class PurchaseHistory(BaseModel):
    data: list[BoughtAddon]
    next: str | None


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
        rows = queries.purchases(read_side.database, ws, int(before) if before else None, limit)
        answer = page(rows, limit, lambda row: str(row["position"]))
        return {**answer, "data": [shown(row) for row in answer["data"]]}

    return routes
