"""The order ledger over HTTP, for the platform's admins."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from contracts.addons import STATUS_COLORS, ShownStatus
from kernel.text import LINE
from projections import fields
from projections.orders.projector import READ_MODEL
from projections.orders.queries import Orders, Search
from runtime.postgres.database import Row
from runtime.readmodels.definition import ReadSide
from runtime.web.errors import Before, Limit
from runtime.web.openapi import means
from runtime.web.spreadsheet import EXPORTED, Form, csv_answer

Words = Annotated[
    str,
    Query(
        alias="q",
        max_length=200,
        pattern=LINE,
        description="In workspace, buyer, add-on and gateway id; with an `@`, in the buyer's "
        "e-mail address too: then a page may hold less than `limit` and still have a `next`.",
    ),
]
Owed = Annotated[bool, Query(description="Only orders with money that is still to go back.")]
OfStatus = Annotated[ShownStatus | None, Query(description="Only these.")]
COLUMNS = (
    "purchase_id",
    "workspace_id",
    "addon",
    "addon_name",
    "price_cents",
    "currency",
    "status",
    "refunded_cents",
    "owed_cents",
    "gateway",
    "charge_ref",
    "decline_code",
    "buyer",
    "buyer_email",
    "buyer_name",
    "started_at",
    "paid_at",
    "delivered_at",
    "closed_at",
    "paged_at",
)


class Dispute(BaseModel):
    """A payer's bank asks for the money back."""

    ref: Annotated[str, means("The dispute's id at the gateway.", "dp_1N8Zq2")]
    amount_cents: Annotated[int, means("Minor units.", 49900)]
    reason: Annotated[str, means("The gateway's word.", "product_not_received")]
    status: Annotated[Literal["open", "won", "lost"], means("How it stands.", "open")]


class Order(BaseModel):
    """A purchase, as the platform sees it."""

    purchase_id: fields.PurchaseId
    workspace_id: fields.Workspace
    addon: fields.Addon
    addon_name: fields.AddonName
    price_cents: fields.AddonPrice
    currency: fields.AddonCurrency
    status: fields.PurchaseStatus
    color: fields.Color
    gateway: fields.Gateway
    charge_ref: fields.ChargeRef | None
    decline_code: fields.DeclineCode
    refunded_cents: fields.RefundedCents
    refunding_cents: fields.RefundingCents
    captured: Annotated[
        bool, means("Whether the gateway took the money, whatever the status.", True)
    ]
    owed_cents: Annotated[
        int,
        means(
            "Money of a closed order that no refund gives back yet, because the gateway refused it "
            "or could not deliver it; refund it again.",
            0,
        ),
    ]
    dispute: Annotated[Dispute | None, means("The last one.")]
    buyer: fields.Buyer
    buyer_email: fields.BuyerEmail
    buyer_name: fields.BuyerName
    started_at: fields.OrderedAt
    paid_at: fields.PaidAt
    delivered_at: fields.DeliveredAt
    closed_at: Annotated[datetime | None, means("When it was cancelled, refunded or failed.", None)]
    paged_at: Annotated[
        datetime | None, means("When the delivery team was told.", "2026-11-22T10:00:05Z")
    ]


class Total(BaseModel):
    """Of all that is paid or delivered, whatever was searched for."""

    currency: fields.AddonCurrency
    paid_this_month_cents: Annotated[int, means("Of this UTC month.", 99800)]
    paid_all_time_cents: Annotated[int, means("Since the beginning.", 499000)]
    partly_refunded_cents: Annotated[int, means("What went back of it.", 0)]
    orders: Annotated[int, means("How many.", 10)]


class OrderLedger(BaseModel):
    """The orders of all workspaces."""

    data: Annotated[list[Order], means("The newest first.")]
    next: fields.NextCursor
    totals: Annotated[list[Total], means("By currency.")]


def router(read_side: ReadSide) -> APIRouter:
    routes = APIRouter(
        prefix="/v1/projections",
        tags=["add-ons"],
        dependencies=[read_side.access.super_admin, read_side.caught_up(READ_MODEL)],
    )
    orders = Orders(read_side.database, read_side.vault)

    @routes.get("/orders", response_model=OrderLedger, responses=EXPORTED)
    def list_orders(
        status: OfStatus = None,
        words: Words = "",
        limit: Limit = 50,
        before: Before = "",
        form: Form = "json",
        owed: Owed = False,
    ) -> Response | dict[str, object]:
        """The orders of all workspaces. With what was paid this month and ever, by currency."""
        search = Search(status, words.strip(), owed)
        if form == "csv":
            return csv_answer("orders", COLUMNS, orders.every(search))
        found = orders.page(search, int(before) if before else None, limit)
        return {
            "data": [_shown(order) for order in found.orders],
            "next": str(found.next) if found.next is not None else None,
            "totals": orders.totals(read_side.clock()),
        }

    return routes


def _shown(order: Row) -> Row:
    return {**order, "color": STATUS_COLORS[order["status"]]}
