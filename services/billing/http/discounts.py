"""The catalogue of discounts over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path

from runtime.eventstore.store import EventStore
from runtime.web.auth import Access, Principal
from runtime.web.commands import command_router
from runtime.web.idempotency import IdempotencyKeys
from services.billing.application.discounts import Discounts
from services.billing.http import refusals
from services.billing.http.discount_bodies import (
    DiscountCodeBody,
    DiscountPatch,
    NewDiscount,
    discount_code_body,
)

OfCode = Annotated[str, Path(max_length=40, description="A code.", examples=["LAUNCH20"])]


def discount_routes(
    discounts: Discounts, store: EventStore, keys: IdempotencyKeys, access: Access
) -> APIRouter:
    router = command_router(store, keys, prefix="/v1/billing", tags=["discounts"])
    super_admin: Any = access.super_admin

    @router.post("/discounts", status_code=201, openapi_extra=refusals.OF_NEW_DISCOUNTS)
    def create_discount(body: NewDiscount, principal: Principal = super_admin) -> DiscountCodeBody:
        """Create a discount. Its gateways learn of it when somebody is given it."""
        created = discounts.create(body.code, body.offer(), principal.cause())
        return discount_code_body(created)

    @router.get("/discounts/{code}", openapi_extra=refusals.OF_A_DISCOUNT)
    def get_discount(code: OfCode, _: Principal = super_admin) -> DiscountCodeBody:
        """One discount, and how often it was given."""
        return discount_code_body(discounts.get(code))

    @router.patch("/discounts/{code}", openapi_extra=refusals.OF_CHANGED_DISCOUNTS)
    def change_discount(
        code: OfCode, body: DiscountPatch, principal: Principal = super_admin
    ) -> DiscountCodeBody:
        """Change a discount. Who has it keeps the terms that were given."""
        return discount_code_body(discounts.change(code, body.change(), principal.cause()))

    return router
