"""The subscriptions of all workspaces over HTTP, for the platform's people."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel

from contracts.billing import SubscriptionStatus
from projections import fields
from projections.subscriptions.projector import READ_MODEL
from projections.subscriptions.queries import Search, all_subscriptions, cursor_of, subscriptions
from runtime.readmodels.definition import ReadSide
from runtime.readmodels.filters import Currency, Gateway, Words
from runtime.web.errors import Limit, page
from runtime.web.openapi import means
from runtime.web.spreadsheet import EXPORTED, Form, csv_answer

Plan = Annotated[str | None, Query(pattern=r"^[a-z0-9-]{1,64}$", description="Only on this plan.")]
Cursor = Annotated[
    str, Query(pattern=r"^[A-Za-z0-9_.-]{0,128}$", description="`next` of the page before.")
]
OfStatus = Annotated[SubscriptionStatus | None, Query(description="Only these.")]
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
    """Either `percent` or `amount_cents` is given off."""

    name: Annotated[str, means("What the gateway calls it.", "Launch")]
    percent: Annotated[float | None, means("0 to 100.", 20.0)]
    amount_cents: Annotated[int | None, means("Minor units.", None)]
    ends_at: Annotated[datetime | None, means("Null is for ever.", "2027-02-01T00:00:00Z")]


class ListedSubscription(BaseModel):
    """The last known subscription of a workspace. 0 is charged for what was assigned by hand."""

    workspace_id: fields.Workspace
    plan: fields.Plan
    status: fields.SubscriptionStatus
    past_due_since: Annotated[
        datetime | None,
        means(
            "When the oldest open invoice was to be paid; null unless past due or suspended.", None
        ),
    ]
    owed_cents: Annotated[int, means("What is open of its invoices.", 0)]
    renews_at: Annotated[
        datetime | None,
        means("When its gateway charges next; null where it does not.", "2026-12-01T00:00:00Z"),
    ]
    amount_cents: Annotated[
        int, means("What is really charged every `interval_count` intervals.", 2900)
    ]
    currency: fields.Currency
    interval: fields.Interval
    interval_count: fields.IntervalCount
    quantity: fields.Quantity
    discounts: Annotated[list[GivenDiscount], means("Those that the price has.")]
    gateway: fields.Gateway | None
    subscription_ref: fields.SubscriptionRef | None
    customer_ref: fields.CustomerRef | None
    started_at: fields.StartedAt
    period_end: fields.PeriodEnd | None
    trial_ends_at: fields.TrialEndsAt
    cancel_at: fields.CancelAt
    ended_at: fields.EndedAt
    next_plan: fields.NextPlan
    updated_at: fields.UpdatedAt
    event: fields.EventPosition


class SubscriptionPage(BaseModel):
    """The workspaces that ever had a subscription."""

    data: Annotated[list[ListedSubscription], means("By workspace.")]
    next: fields.NextCursor


def _search(
    status: OfStatus = None,
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
        tags=["subscriptions"],
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
