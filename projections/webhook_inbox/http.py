"""The notifications of gateways over HTTP, for the platform's people."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel

from projections.webhook_inbox.projector import READ_MODEL
from projections.webhook_inbox.queries import Search, all_webhooks, cursor_of, totals, webhooks
from runtime.readmodels.definition import ReadSide
from runtime.readmodels.filters import Gateway, Words, Workspace
from runtime.web.errors import Before, Limit, page
from runtime.web.spreadsheet import EXPORTED, Form, csv_answer

State = Literal["received", "retry", "parked", "processed"]


class ShownWebhook(BaseModel):
    """`state`: `received` was read without trouble, or is being read; `retry` could not be read and
    will be again; `parked` was given up until somebody has it retried; `processed` was read after
    that. `reason` and `attempts` are of the last failure that was told. `workspace_id` and
    references are empty where the gateway names none. `occurred_at` is the gateway's time;
    `changed_by` and `event` are the last change's."""

    gateway: str
    webhook_id: str
    webhook_type: str
    workspace_id: str
    state: State
    reason: str | None
    attempts: int | None
    subscription_ref: str
    checkout_ref: str
    charge_ref: str
    customer_ref: str
    occurred_at: datetime
    received_at: datetime
    changed_at: datetime
    changed_by: str
    event: str


class WebhookTotal(BaseModel):
    gateway: str
    state: Literal["retry", "parked"]
    webhooks: int


class WebhookPage(BaseModel):
    """The latest first. `totals` are all that are not dealt with, whatever was searched for."""

    data: list[ShownWebhook]
    next: str | None
    totals: list[WebhookTotal]


def _search(
    state: State | None = None,
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
