"""The order ledger over HTTP, for the platform's admins."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from contracts.addons import STATUS_COLORS, ShownStatus
from kernel.text import LINE
from projections.orders.projector import READ_MODEL
from projections.orders.queries import Orders, Search
from runtime.postgres.database import Row
from runtime.readmodels.definition import ReadSide
from runtime.web.errors import Before, Limit
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
    """`ref` is the gateway's."""

    ref: str
    amount_cents: int
    reason: str
    status: Literal["open", "won", "lost"]


class Order(BaseModel):
    """`paged_at`: the delivery team was told. `captured`: the gateway took the money, whatever the
    status. `owed_cents`: money of a closed order that no refund gives back yet, because the gateway
    refused it or could not deliver it; refund it again."""

    purchase_id: str
    workspace_id: str
    addon: str
    addon_name: str
    price_cents: int
    currency: str
    status: ShownStatus
    color: str
    gateway: str
    charge_ref: str | None
    decline_code: str | None
    refunded_cents: int
    refunding_cents: int
    captured: bool
    owed_cents: int
    dispute: Dispute | None
    buyer: str
    buyer_email: str | None
    buyer_name: str | None
    started_at: datetime
    paid_at: datetime | None
    delivered_at: datetime | None
    closed_at: datetime | None
    paged_at: datetime | None


class Total(BaseModel):
    """Of all that is paid or delivered, whatever was searched for. `partly_refunded_cents` went
    back of it."""

    currency: str
    paid_this_month_cents: int
    paid_all_time_cents: int
    partly_refunded_cents: int
    orders: int


class OrderLedger(BaseModel):
    data: list[Order]
    next: str | None
    totals: list[Total]


def router(read_side: ReadSide) -> APIRouter:
    routes = APIRouter(
        prefix="/v1/projections",
        tags=["add-ons"],
        dependencies=[read_side.access.super_admin, read_side.caught_up(READ_MODEL)],
    )
    orders = Orders(read_side.database, read_side.vault)

    @routes.get("/orders", response_model=OrderLedger, responses=EXPORTED)
    def list_orders(
        status: ShownStatus | None = None,
        words: Words = "",
        limit: Limit = 50,
        before: Before = "",
        form: Form = "json",
        owed: Owed = False,
    ) -> Response | dict[str, object]:
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
