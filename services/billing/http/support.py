"""What support does for a workspace whose state leads nowhere."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from runtime.eventstore.store import EventStore
from runtime.web.auth import Access, Principal
from runtime.web.commands import command_router
from runtime.web.idempotency import IdempotencyKeys
from services.billing.application.billing import Billing
from services.billing.http.account_bodies import SubscriptionBody, subscription_body
from services.billing.http.account_requests import Adoption, Forgetting


def support_routes(
    billing: Billing, store: EventStore, keys: IdempotencyKeys, access: Access
) -> APIRouter:
    router = command_router(store, keys, prefix="/v1/billing/workspaces/{ws}", tags=["support"])
    support: Any = access.support
    super_admin: Any = access.super_admin

    @router.post("/forget")
    def forget_reference(
        ws: str, body: Forgetting, principal: Principal = support
    ) -> SubscriptionBody:
        """A subscription, customer or checkout that its gateway does not answer for any more."""
        account = billing.forget_reference(
            ws, body.gateway, body.ref, body.reason, principal.cause()
        )
        return subscription_body(account, billing.plans.default_slug())

    @router.post("/adopt")
    def adopt_subscription(
        ws: str, body: Adoption, principal: Principal = super_admin
    ) -> SubscriptionBody:
        """What a person made in the gateway's dashboard."""
        account = billing.adopt_subscription(
            ws, body.gateway, body.subscription_ref, principal.cause()
        )
        return subscription_body(account, billing.plans.default_slug())

    return router
