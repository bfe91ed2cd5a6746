"""The subscriptions of all workspaces over HTTP, for the platform's people."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel

from contracts.billing import SubscriptionStatus
from projections.subscriptions.projector import READ_MODEL
from projections.subscriptions.queries import Search, all_subscriptions, cursor_of, subscriptions
from runtime.readmodels.definition import ReadSide
from runtime.readmodels.filters import Currency, Gateway, Words
from runtime.web.errors import Limit, page
from runtime.web.spreadsheet import EXPORTED, Form, csv_answer

Plan = Annotated[str | None, Query(pattern=r"^[a-z0-9-]{1,64}$")]
Cursor = Annotated[
    str, Query(pattern=r"^[A-Za-z0-9_.-]{0,128}$", description="`next` of the page before.")
]
COLUMNS = (
    "workspace_id",
    "plan",
    "status",
    "past_due_since",
    "owed_cents",
    "renews_at",
    "amount_cents",
    "currency",
    "interval",
    "interval_count",
    "quantity",
    "gateway",
    "subscription_ref",
    "customer_ref",
    "started_at",
    "period_end",
    "trial_ends_at",
    "cancel_at",
    "ended_at",
    "next_plan",
    "updated_at",
    "event",
)


class GivenDiscount(BaseModel):
    """Either `percent` (0 to 100) or `amount_cents`; for ever without `ends_at`."""

    name: str
    percent: float | None
    amount_cents: int | None
    ends_at: datetime | None


class ListedSubscription(BaseModel):
    """`amount_cents` is what is really charged every `interval_count` intervals, discounts and
    quantity in it; 0 for a plan that was assigned by hand. `past_due_since`: when the oldest open
    invoice was to be paid, null unless past due or suspended; `owed_cents`: what is open of its
    invoices. `renews_at`: when its gateway charges next, null where it does not. `event` is the
    last one that it shows."""

    workspace_id: str
    plan: str
    status: SubscriptionStatus
    past_due_since: datetime | None
    owed_cents: int
    renews_at: datetime | None
    amount_cents: int
    currency: str
    interval: Literal["month", "year"]
    interval_count: int
    quantity: int
    discounts: list[GivenDiscount]
    gateway: str | None
    subscription_ref: str | None
    customer_ref: str | None
    started_at: datetime
    period_end: datetime | None
    trial_ends_at: datetime | None
    cancel_at: datetime | None
    ended_at: datetime | None
    next_plan: str | None
    updated_at: datetime
    event: str


class SubscriptionPage(BaseModel):
    """By workspace: the last known subscription of each that ever had one."""

    data: list[ListedSubscription]
    next: str | None


def _search(
    status: SubscriptionStatus | None = None,
    plan: Plan = None,
    gateway: Gateway = None,
    currency: Currency = None,
    words: Words = "",
) -> Search:
    return Search(status=status, plan=plan, gateway=gateway, currency=currency, words=words)


Searched = Annotated[Search, Depends(_search)]


def router(read_side: ReadSide) -> APIRouter:
    routes = APIRouter(
        prefix="/v1/projections",
        tags=["subscription"],
        dependencies=[read_side.access.support, read_side.caught_up(READ_MODEL)],
    )
    database = read_side.database

    @routes.get("/subscriptions", response_model=SubscriptionPage, responses=EXPORTED)
    def list_subscriptions(
        search: Searched, limit: Limit = 50, cursor: Cursor = "", form: Form = "json"
    ) -> Response | dict[str, Any]:
        """The subscriptions of all workspaces. `q` looks in workspace, plan and the gateway's
        references."""
        if form == "csv":
            return csv_answer("subscriptions", COLUMNS, all_subscriptions(database, search))
        return page(subscriptions(database, search, cursor, limit), limit, cursor_of)

    return routes
