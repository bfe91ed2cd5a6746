"""The plan catalogue and the gateways' capabilities over HTTP."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel

from gateways.port import Ability, Gateway
from gateways.port.adjustments import Support
from runtime.eventstore.store import EventStore
from runtime.web.auth import Access, Principal
from runtime.web.commands import command_router
from runtime.web.idempotency import IdempotencyKeys
from runtime.web.openapi import means
from services.billing.application import Plans
from services.billing.http import refusals
from services.billing.http.plan_bodies import (
    NewPlan,
    PlanBody,
    PlanPatch,
    plan_body,
)
from services.billing.http.sync_bodies import SyncAnswer, sync_of

PAUSE: dict[str, object] = {"support": "native", "reason": "", "methods": [], "at": "now"}
STRIPE = {
    "cancels": "period_end",
    "resume": True,
    "emulates_end": False,
    "swap_in_place": True,
    "saved_method_charge": True,
    "portal": True,
    "archive_price": True,
    "proration_preview": True,
    "offers": {"pause": PAUSE},
}
OfPlan = Annotated[str, Path(description="The slug of a plan.", examples=["pro-monthly"])]


class OfferedBody(BaseModel):
    """How far a gateway can do something beside plans."""

    support: Annotated[
        Support,
        means(
            "`native`: the gateway does it; `emulated`: we do, and the bill stays true; "
            "`per_subscription`: how it is paid decides; `impossible`: refused.",
            "native",
        ),
    ]
    reason: Annotated[str, means("Where it is not simply so, and what to do instead.", "")]
    methods: Annotated[
        frozenset[str], means("The ways of paying that allow it; none named: each does.", [])
    ]
    at: Annotated[Literal["now", "period_end"], means("When it takes effect.", "now")]


class CapabilitiesBody(BaseModel):
    """What a payment gateway can do."""

    cancels: Annotated[
        Literal["period_end", "immediately"],
        means("When a cancellation takes effect.", "period_end"),
    ]
    resume: Annotated[bool, means("Whether a scheduled cancellation can be taken back.", True)]
    emulates_end: Annotated[
        bool, means("Whether we end it with its period, and let it rest until then.", False)
    ]
    swap_in_place: Annotated[bool, means("Whether a plan changes without a checkout.", True)]
    saved_method_charge: Annotated[bool, means("Whether add-ons are bought without one.", True)]
    portal: Annotated[bool, means("Whether it has a page for its customers.", True)]
    archive_price: Annotated[bool, means("Whether an old price is closed to new ones.", True)]
    proration_preview: Annotated[bool, means("Whether a dry run tells the amount.", True)]
    offers: Annotated[
        dict[Ability, OfferedBody],
        means("What is sold beside plans.", {"pause": PAUSE}),
    ]


class GatewaysAnswer(BaseModel):
    """Those whose keys are set, in the order in which they are offered."""

    gateways: Annotated[dict[str, CapabilitiesBody], means("By name.", {"stripe": STRIPE})]


def plan_routes(
    plans: Plans, store: EventStore, keys: IdempotencyKeys, access: Access
) -> APIRouter:
    router = command_router(store, keys, prefix="/v1/billing", tags=["plans"])
    anybody: Any = access.authenticated
    super_admin: Any = access.super_admin

    @router.post("/plans", status_code=201, openapi_extra=refusals.OF_NEW_PLANS)
    def create_plan(body: NewPlan, principal: Principal = super_admin) -> PlanBody:
        """Create a plan. It is offered at every gateway; one that is down is tried again with
        `syncPlan`."""
        plan = plans.create_plan(body.definition(), principal.cause())
        return plan_body(plan, plans.gateways)

    @router.get("/plans/{slug}", openapi_extra=refusals.OF_A_PLAN)
    def get_plan(slug: OfPlan, _: Principal = anybody) -> PlanBody:
        """One plan of the catalogue, as billing has it at this moment."""
        return plan_body(plans.get(slug), plans.gateways)

    @router.patch("/plans/{slug}", openapi_extra=refusals.OF_CHANGED_PLANS)
    def change_plan(slug: OfPlan, body: PlanPatch, principal: Principal = super_admin) -> PlanBody:
        """Change a plan. Who has it keeps the price that was bought; limits change for all."""
        plan = plans.change_plan(slug, body.change(), principal.cause())
        return plan_body(plan, plans.gateways)

    @router.post("/plans/{slug}/sync", openapi_extra=refusals.OF_A_PLAN)
    def sync_plan(slug: OfPlan, principal: Principal = super_admin) -> SyncAnswer:
        """Offer a plan at every gateway again. Twice changes nothing."""
        plan = plans.sync_plan(slug, principal.cause())
        return SyncAnswer(sync=sync_of(plan, plans.gateways))

    @router.get("/gateways")
    def list_gateways(_: Principal = anybody) -> GatewaysAnswer:
        """Which payment gateways are on, and what each can do."""
        return GatewaysAnswer(
            gateways={name: _shown(gateway) for name, gateway in plans.gateways.items()}
        )

    return router


def _shown(gateway: Gateway) -> CapabilitiesBody:
    return CapabilitiesBody(**asdict(gateway.capabilities))
