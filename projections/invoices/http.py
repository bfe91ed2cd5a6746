"""Invoices over HTTP: a workspace's own, and those of all for the platform's people."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel

from contracts.billing import InvoiceStatus
from projections.invoices.projector import READ_MODEL
from projections.invoices.queries import Search, all_invoices, cursor_of, invoices
from runtime.readmodels.definition import ReadSide
from runtime.readmodels.filters import Currency, Gateway, Words, Workspace
from runtime.web.errors import Limit, page
from runtime.web.spreadsheet import EXPORTED, Form, csv_answer

# Microseconds of this century and the last fit, and nothing that a database can't hold.
Cursor = Annotated[
    str,
    Query(pattern=r"^([0-9]{1,16}\.[0-9]{1,18})?$", description="`next` of the page before."),
]
COLUMNS = (
    "workspace_id",
    "gateway",
    "invoice_ref",
    "number",
    "status",
    "currency",
    "subtotal_cents",
    "discount_cents",
    "tax_cents",
    "total_cents",
    "paid_cents",
    "refunded_cents",
    "disputed_cents",
    "owed_cents",
    "issued_at",
    "due_at",
    "paid_at",
    "subscription_ref",
    "customer_ref",
    "url",
    "pdf_url",
    "event",
)


class Line(BaseModel):
    """`amount_cents` is what the line adds after its discounts and before tax; a credit is
    negative. `period_start` and `period_end` bound the time that it pays for."""

    description: str
    amount_cents: int
    price_ref: str | None
    quantity: int | None
    period_start: datetime | None
    period_end: datetime | None
    proration: bool


class InvoiceStep(BaseModel):
    """What happened to it, at the gateway's own time, and the `event` that tells. The other fields
    are those of the step's kind."""

    step: Literal[
        "issued",
        "amended",
        "paid",
        "payment_failed",
        "voided",
        "refunded",
        "refund_failed",
        "dispute_opened",
        "dispute_closed",
    ]
    at: datetime
    event: str
    amount_cents: int | None = None
    reason: str | None = None
    next_attempt_at: datetime | None = None
    refund_ref: str | None = None
    dispute_ref: str | None = None
    outcome: Literal["won", "lost"] | None = None


class ShownInvoice(BaseModel):
    """Amounts are minor units of `currency`. `paid_cents` was ever collected, `refunded_cents` of
    that given back, `disputed_cents` is held or taken by disputes, `owed_cents` still to be paid.
    `url` and `pdf_url` are the gateway's pages. `event` is the last one that it shows."""

    workspace_id: str
    gateway: str
    invoice_ref: str
    number: str
    status: InvoiceStatus
    subscription_ref: str | None
    customer_ref: str | None
    currency: str
    subtotal_cents: int
    discount_cents: int
    tax_cents: int
    total_cents: int
    paid_cents: int
    refunded_cents: int
    disputed_cents: int
    owed_cents: int
    issued_at: datetime
    due_at: datetime | None
    paid_at: datetime | None
    url: str | None
    pdf_url: str | None
    lines: list[Line]
    steps: list[InvoiceStep]
    event: str


class InvoicePage(BaseModel):
    """The latest issued first."""

    data: list[ShownInvoice]
    next: str | None


def _search(
    workspace: Workspace = None,
    status: InvoiceStatus | None = None,
    gateway: Gateway = None,
    currency: Currency = None,
    words: Words = "",
) -> Search:
    return Search(
        workspace=workspace, status=status, gateway=gateway, currency=currency, words=words
    )


Searched = Annotated[Search, Depends(_search)]


def router(read_side: ReadSide) -> APIRouter:
    routes = APIRouter(
        prefix="/v1/projections", tags=["invoices"], dependencies=[read_side.caught_up(READ_MODEL)]
    )
    access, database = read_side.access, read_side.database

    @routes.get(
        "/workspaces/{ws}/invoices",
        response_model=InvoicePage,
        dependencies=[access.workspace_admin_or_support],
    )
    def list_workspace_invoices(
        ws: str, status: InvoiceStatus | None = None, limit: Limit = 50, cursor: Cursor = ""
    ) -> dict[str, Any]:
        """What a workspace was billed, with every payment, refund and dispute."""
        search = Search(workspace=ws, status=status)
        return page(invoices(database, search, cursor, limit), limit, cursor_of)

    @routes.get(
        "/invoices", response_model=InvoicePage, responses=EXPORTED, dependencies=[access.support]
    )
    def list_invoices(
        search: Searched, limit: Limit = 50, cursor: Cursor = "", form: Form = "json"
    ) -> Response | dict[str, Any]:
        """The invoices of all workspaces. `q` looks in workspace, number and the gateway's
        references."""
        if form == "csv":
            return csv_answer("invoices", COLUMNS, all_invoices(database, search))
        return page(invoices(database, search, cursor, limit), limit, cursor_of)

    return routes
