"""A workspace's subscription over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel

from projections import fields
from projections.plan_subscriptions import queries
from projections.plan_subscriptions.projector import READ_MODEL
from runtime.postgres.database import Row
from runtime.readmodels.definition import ReadSide
from runtime.web.openapi import means


class Checkout(BaseModel):
    """The checkout that can still be paid."""

    checkout_id: fields.CheckoutId
    gateway: fields.Gateway
    plan: fields.Plan
    url: Annotated[
        str | None,
        means(
            "Null until the gateway has answered.", "https://checkout.stripe.com/c/pay/cs_test_a1"
        ),
    ]
    expires_at: Annotated[
        datetime | None, means("When the gateway closes it.", "2026-11-27T10:00:00Z")
    ]
    started_at: fields.StartedAt


class Discount(BaseModel):
    """Either `percent` or `amount_cents` is given off."""

    name: Annotated[str, means("What the gateway calls it.", "Launch")]
    percent: Annotated[float | None, means("0 to 100.", 20.0)]
    amount_cents: Annotated[int | None, means("Minor units.", None)]
    ends_at: Annotated[datetime | None, means("Null is for ever.", "2027-02-01T00:00:00Z")]


class Pause(BaseModel):
    """Why nothing is charged at the moment."""

    kind: Annotated[
        Literal["collection", "subscription"],
        means(
            "`collection`: it goes on and nothing is collected; `subscription`: it rests.",
            "subscription",
        ),
    ]
    resumes_at: Annotated[datetime | None, means("Null is not planned.", "2027-01-01T00:00:00Z")]


class OpenInvoice(BaseModel):
    """What waits to be paid."""

    invoice_ref: fields.InvoiceRef
    amount_cents: Annotated[int, means("Minor units.", 2900)]
    currency: fields.Currency
    due_at: Annotated[datetime | None, means("By when.", "2026-12-08T00:00:00Z")]
    url: fields.Url


class Subscription(BaseModel):
    """How a workspace stands. All but `plan` is the subscription's, null for a workspace that
    never had one."""

    workspace_id: fields.Workspace
    plan: Annotated[
        str | None,
        means(
            "What the workspace lives on now; null only before the catalogue is seeded.",
            "pro-monthly",
        ),
    ]
    plan_name: Annotated[str | None, means("What people read.", "Pro")]
    status: fields.SubscriptionStatus | None
    has_access: Annotated[bool, means("Whether the subscription's plan is the one lived on.", True)]
    gateway: fields.Gateway | None
    subscribed_plan: Annotated[str | None, means("The subscription's plan.", "pro-monthly")]
    subscription_ref: fields.SubscriptionRef | None
    customer_ref: fields.CustomerRef | None
    checkout_id: fields.CheckoutId | None
    price_cents: Annotated[int | None, means("The same as `amount_cents`.", 2900)]
    currency: fields.Currency | None
    interval: fields.Interval | None
    current_price_cents: Annotated[
        int | None, means("What a new subscriber would pay for one unit.", 2900)
    ]
    current_currency: Annotated[str | None, means("Of that price.", "USD")]
    current_interval: Annotated[str | None, means("Of that price.", "month")]
    grandfathered: Annotated[
        bool, means("Whether a unit was bought for another price than that.", False)
    ]
    started_at: fields.StartedAt | None
    period_start: fields.PeriodStart | None
    period_end: fields.PeriodEnd | None
    cancel_at: fields.CancelAt
    ended_at: fields.EndedAt
    next_plan: fields.NextPlan
    amount_cents: Annotated[
        int | None, means("What is really charged every `interval_count` intervals.", 2900)
    ]
    unit_price_cents: Annotated[int | None, means("What a unit was bought for.", 2900)]
    quantity: fields.Quantity | None
    interval_count: fields.IntervalCount | None
    discount: Annotated[Discount | None, means("The first of `discounts`.")]
    discounts: Annotated[list[Discount] | None, means("Those that the price has.")]
    trial_ends_at: fields.TrialEndsAt
    paused: Annotated[Pause | None, means("Null while it is charged.")]
    open_invoice: Annotated[OpenInvoice | None, means("Null where nothing is owed.")]
    updated_at: fields.UpdatedAt | None
    checkout: Annotated[Checkout | None, means("Null where none is open.")]


def router(read_side: ReadSide) -> APIRouter:
    routes = APIRouter(
        prefix="/v1/projections/workspaces/{ws}",
        tags=["subscriptions"],
        dependencies=[read_side.access.workspace_reader, read_side.caught_up(READ_MODEL)],
    )
    database = read_side.database

    @routes.get("/subscription", response_model=Subscription)
    def get_subscription(ws: str) -> Row:
        """How a workspace stands. Its plan, its subscription, and an open checkout."""
        return queries.of_workspace(database, ws)

    return routes
