"""The notifications of gateways over HTTP, for the platform's people."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel

from projections import fields
from projections.webhook_inbox.projector import READ_MODEL
from projections.webhook_inbox.queries import Search, all_webhooks, cursor_of, totals, webhooks
from runtime.readmodels.definition import ReadSide
from runtime.readmodels.filters import Gateway, Words, Workspace
from runtime.web.errors import Before, Limit, page
from runtime.web.openapi import means
from runtime.web.spreadsheet import EXPORTED, Form, csv_answer

State = Literal["received", "retry", "parked", "processed"]
OfState = Annotated[State | None, Query(description="Only these.")]


class ShownWebhook(BaseModel):
    """A notification of a gateway."""

    gateway: fields.Gateway
    webhook_id: Annotated[str, means("The gateway's id of it.", "evt_1N8Zq2")]
    webhook_type: Annotated[str, means("The gateway's word for what happened.", "invoice.paid")]
    workspace_id: Annotated[str, means("Empty where the gateway names none.", "acme")]
    state: Annotated[
        State,
        means(
            "`received` was read without trouble, or is being read; `retry` could not be read and "
            "will be again; `parked` was given up until somebody has it retried; `processed` was "
            "read after that.",
            "received",
        ),
    ]
    reason: Annotated[str | None, means("Of the last failure.", None)]
    attempts: Annotated[int | None, means("When it last failed.", None)]
    subscription_ref: Annotated[str, means("Empty where it names none.", "sub_1N8Zq2")]
    checkout_ref: Annotated[str, means("Empty where it names none.", "")]
    charge_ref: Annotated[str, means("Empty where it names none.", "")]
    customer_ref: Annotated[str, means("Empty where it names none.", "cus_1N8Zq2")]
    occurred_at: Annotated[datetime, means("The gateway's time.", "2026-11-26T10:00:00Z")]
    received_at: Annotated[datetime, means("When it came.", "2026-11-26T10:00:01Z")]
    changed_at: Annotated[datetime, means("When its state last changed.", "2026-11-26T10:00:01Z")]
    changed_by: Annotated[str, means("Who changed it.", "webhook:stripe")]
    event: fields.EventPosition


class WebhookTotal(BaseModel):
    """How many notifications of a gateway wait."""

    gateway: fields.Gateway
    state: Annotated[Literal["retry", "parked"], means("Not dealt with.", "parked")]
    webhooks: Annotated[int, means("How many.", 2)]


class WebhookPage(BaseModel):
    """What gateways notified us of."""

    data: Annotated[list[ShownWebhook], means("The latest first.")]
    next: fields.NextCursor
    totals: Annotated[
        list[WebhookTotal], means("All that are not dealt with, whatever was searched for.")
    ]


def _search(
    state: OfState = None,
    gateway: Gateway = None,
    workspace: Workspace = None,
    words: Words = "",
) -> Search:
    return Search(state=state, gateway=gateway, workspace=workspace, words=words)


Searched = Annotated[Search, Depends(_search)]


def router(read_side: ReadSide) -> APIRouter:
    routes = APIRouter(
        prefix="/v1/projections",
        tags=["webhooks"],
        dependencies=[read_side.access.support, read_side.caught_up(READ_MODEL)],
    )
    database = read_side.database

    @routes.get("/webhooks", response_model=WebhookPage, responses=EXPORTED)
    def list_webhooks(
        search: Searched, limit: Limit = 50, cursor: Before = "", form: Form = "json"
    ) -> Response | dict[str, Any]:
        """What gateways notified us of, and what could not be read. `q` looks in ids, type,
        workspace and references."""
        if form == "csv":
            columns = list(ShownWebhook.model_fields)
            return csv_answer("webhooks", columns, all_webhooks(database, search))
        found = page(webhooks(database, search, cursor, limit), limit, cursor_of)
        return {**found, "totals": totals(database)}

    return routes
