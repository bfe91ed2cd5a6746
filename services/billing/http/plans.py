"""The plan catalogue and the gateways' capabilities over HTTP."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel

from runtime.eventstore.store import EventStore
from runtime.web.auth import Access, Principal
from runtime.web.commands import command_router
from runtime.web.idempotency import IdempotencyKeys
from services.billing.application import Plans
from services.billing.http.plan_bodies import (
    NewPlan,
    PlanBody,
    PlanPatch,
    SyncAnswer,
    plan_body,
    sync_of,
)


class CapabilitiesBody(BaseModel):
    """`cancels` says when a cancellation takes effect; the rest, whether it is offered at all."""

    cancels: Literal["period_end", "immediately"]
    resume: bool
    swap_in_place: bool
    saved_method_charge: bool
    portal: bool
    archive_price: bool
    proration_preview: bool


class GatewaysAnswer(BaseModel):
    gateways: dict[str, CapabilitiesBody]


def plan_routes(
    plans: Plans, store: EventStore, keys: IdempotencyKeys, access: Access
) -> APIRouter:
    router = command_router(store, keys, prefix="/v1/billing", tags=["plans"])
    anybody: Any = access.authenticated
    super_admin: Any = access.super_admin

    @router.post("/plans", status_code=201)
    def create_plan(body: NewPlan, principal: Principal = super_admin) -> PlanBody:
        plan = plans.create_plan(body.definition(), principal.cause())
        return plan_body(plan, plans.gateways)

    @router.get("/plans/{slug}")
    def get_plan(slug: str, _: Principal = anybody) -> PlanBody:
        return plan_body(plans.get(slug), plans.gateways)

    @router.patch("/plans/{slug}")
    def change_plan(slug: str, body: PlanPatch, principal: Principal = super_admin) -> PlanBody:
        plan = plans.change_plan(slug, body.change(), principal.cause())
        return plan_body(plan, plans.gateways)

    @router.post("/plans/{slug}/sync")
    def sync_plan(slug: str, principal: Principal = super_admin) -> SyncAnswer:
        plan = plans.sync_plan(slug, principal.cause())
        return SyncAnswer(sync=sync_of(plan, plans.gateways))

    @router.get("/gateways")
    def list_gateways(_: Principal = anybody) -> GatewaysAnswer:
        return GatewaysAnswer(
            gateways={
                name: CapabilitiesBody(**asdict(gateway.capabilities))
                for name, gateway in plans.gateways.items()
            }
        )

    return router
