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


class Subscription(BaseModel):
    """`plan` is what the workspace lives on now; null only before the catalogue is seeded. The
    other fields are the subscription's, null for a workspace that never had one.

    `price_cents` is what this subscriber pays an interval, `current_price_cents` what a new one
    would; `grandfathered` tells that they differ.
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
