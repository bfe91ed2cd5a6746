"""A workspace's subscription over HTTP."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from projections.plan_subscriptions import queries
from projections.plan_subscriptions.projector import READ_MODEL
from runtime.postgres.database import Row
from runtime.readmodels.definition import ReadSide


class Checkout(BaseModel):
    """`url` is null until the gateway has answered."""

    checkout_id: str
    gateway: str
    plan: str
    url: str | None
    expires_at: datetime | None
    started_at: datetime


class Discount(BaseModel):
    """Either `percent` (0 to 100) or `amount_cents`; for ever without `ends_at`."""

    name: str
    percent: float | None
    amount_cents: int | None
    ends_at: datetime | None


class Pause(BaseModel):
    """`collection`: it goes on and nothing is collected; `subscription`: it rests."""

    kind: str
    resumes_at: datetime | None


class OpenInvoice(BaseModel):
    """What waits to be paid, at `url`."""

    invoice_ref: str
    amount_cents: int
    currency: str
    due_at: datetime | None
    url: str | None


class Subscription(BaseModel):
    """`plan` is what the workspace lives on now; null only before the catalogue is seeded. The
    other fields are the subscription's, null for a workspace that never had one.

    `price_cents` and `amount_cents` are what this subscriber really pays every `interval_count`
    intervals, `unit_price_cents` what a unit was bought for, `current_price_cents` what a new
    subscriber would pay for one; `grandfathered` tells that these two differ.
    """

    workspace_id: str
    plan: str | None
    plan_name: str | None
    status: str | None
    has_access: bool = Field(description="Whether the subscription's plan is the one lived on.")
    gateway: str | None
    subscribed_plan: str | None
    subscription_ref: str | None
    customer_ref: str | None
    checkout_id: str | None
    price_cents: int | None
    currency: str | None
    interval: str | None
    current_price_cents: int | None
    current_currency: str | None
    current_interval: str | None
    grandfathered: bool
    started_at: datetime | None
    period_start: datetime | None
    period_end: datetime | None
    cancel_at: datetime | None
    ended_at: datetime | None
    next_plan: str | None
    amount_cents: int | None
    unit_price_cents: int | None
    quantity: int | None
    interval_count: int | None
    discount: Discount | None
    discounts: list[Discount] | None
    trial_ends_at: datetime | None
    paused: Pause | None
    open_invoice: OpenInvoice | None
    updated_at: datetime | None
    checkout: Checkout | None


def router(read_side: ReadSide) -> APIRouter:
    routes = APIRouter(
        prefix="/v1/projections/workspaces/{ws}",
        tags=["subscription"],
        dependencies=[read_side.access.workspace_reader, read_side.caught_up(READ_MODEL)],
    )
    database = read_side.database

    @routes.get("/subscription", response_model=Subscription)
    def get_subscription(ws: str) -> Row:
        return queries.of_workspace(database, ws)

    return routes
