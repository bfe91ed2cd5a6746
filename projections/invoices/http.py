"""Invoices over HTTP: a workspace's own, and those of all for the platform's people."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel

from contracts.billing import InvoiceStatus
from projections import fields
from projections.invoices.projector import READ_MODEL
from projections.invoices.queries import Search, all_invoices, cursor_of, invoices
from runtime.readmodels.definition import ReadSide
from runtime.readmodels.filters import Currency, Gateway, Words, Workspace
from runtime.web.errors import Limit, page
from runtime.web.openapi import means
from runtime.web.spreadsheet import EXPORTED, Form, csv_answer

# Microseconds of this century and the last fit, and nothing that a database can't hold.
Cursor = Annotated[
    str,
    Query(pattern=r"^([0-9]{1,16}\.[0-9]{1,18})?$", description="`next` of the page before."),
]
OfStatus = Annotated[InvoiceStatus | None, Query(description="Only these.")]
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

Step = Literal[
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


class Line(BaseModel):
    """What an invoice is for."""

    description: Annotated[str, means("What it is for.", "Pro, 1 November to 1 December")]
    amount_cents: Annotated[
        int, means("What it adds after its discounts and before tax; a credit is negative.", 2900)
    ]
    price_ref: Annotated[str | None, means("The price's id at the gateway.", "price_1N8Zq2")]
    quantity: Annotated[int | None, means("Units.", 1)]
    period_start: Annotated[
        datetime | None, means("The time that it pays for begins.", "2026-11-01T00:00:00Z")
    ]
    period_end: Annotated[datetime | None, means("And ends.", "2026-12-01T00:00:00Z")]
    proration: Annotated[bool, means("Whether it is for a part of a period.", False)]


class InvoiceStep(BaseModel):
    """What happened to an invoice. The other fields are those of the step's kind."""

    step: Annotated[Step, means("What happened.", "paid")]
    at: Annotated[datetime, means("At the gateway's own time.", "2026-11-01T00:00:05Z")]
    event: Annotated[str, means("The event that tells it.", "billing:42")]
    amount_cents: Annotated[int | None, means("Minor units.", 2900)] = None
    reason: Annotated[str | None, means("Why.", None)] = None
    next_attempt_at: Annotated[datetime | None, means("When it is charged again.", None)] = None
    refund_ref: Annotated[str | None, means("The refund's id at the gateway.", None)] = None
    dispute_ref: Annotated[str | None, means("The dispute's id there.", None)] = None
    outcome: Annotated[Literal["won", "lost"] | None, means("Of a dispute.", None)] = None


class ShownInvoice(BaseModel):
    """An invoice, in minor units of its currency."""

    workspace_id: fields.Workspace
    gateway: fields.Gateway
    invoice_ref: fields.InvoiceRef
    number: Annotated[str, means("What people call it.", "INV-0042")]
    status: fields.InvoiceStatus
    subscription_ref: fields.SubscriptionRef | None
    customer_ref: fields.CustomerRef | None
    currency: fields.Currency
    subtotal_cents: Annotated[int, means("Before discounts and tax.", 2900)]
    discount_cents: Annotated[int, means("What was given off.", 0)]
    tax_cents: Annotated[int, means("Tax.", 0)]
    total_cents: Annotated[int, means("What it comes to.", 2900)]
    paid_cents: Annotated[int, means("What was ever collected.", 2900)]
    refunded_cents: Annotated[int, means("What of that was given back.", 0)]
    disputed_cents: Annotated[int, means("What disputes hold or took.", 0)]
    owed_cents: Annotated[int, means("What is still to be paid.", 0)]
    issued_at: Annotated[datetime, means("When it was issued.", "2026-11-01T00:00:00Z")]
    due_at: Annotated[datetime | None, means("By when to pay.", None)]
    paid_at: Annotated[datetime | None, means("When it was paid.", "2026-11-01T00:00:05Z")]
    url: fields.Url
    pdf_url: Annotated[str | None, means("Its PDF.", None)]
    lines: Annotated[list[Line], means("What it is for.")]
    steps: Annotated[list[InvoiceStep], means("What happened, in order.")]
    event: fields.EventPosition


class InvoicePage(BaseModel):
    """Invoices."""

    data: Annotated[list[ShownInvoice], means("The latest issued first.")]
    next: fields.NextCursor


def _search(
    workspace: Workspace = None,
    status: OfStatus = None,
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
        ws: str, status: OfStatus = None, limit: Limit = 50, cursor: Cursor = ""
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
