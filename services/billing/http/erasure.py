"""The end of what is known of a workspace's people."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, StringConstraints

from kernel.errors import ValidationFailed
from runtime.eventstore.store import EventStore
from runtime.web.auth import Access, Principal
from runtime.web.commands import command_router
from runtime.web.idempotency import IdempotencyKeys
from runtime.web.openapi import means
from services.billing.application.billing import Billing
from services.billing.http import refusals
from services.billing.http.page_sessions import WORKSPACE_ID
from services.billing.http.sale_bodies import Request


class Erasing(Request):
    """Named once more, because it can't be taken back."""

    workspace: Annotated[
        str, StringConstraints(pattern=WORKSPACE_ID), means("The workspace again.", "acme")
    ]


class ErasedBody(BaseModel):
    """Personal data that nobody can read any more."""

    workspace_id: Annotated[str, means("Whose.", "acme")]
    erased_before: Annotated[bool, means("Whether there was nothing left to do.", False)]


def erasure_routes(
    billing: Billing, store: EventStore, keys: IdempotencyKeys, access: Access
) -> APIRouter:
    router = command_router(store, keys, prefix="/v1/billing/workspaces/{ws}", tags=["support"])
    super_admin: Any = access.super_admin

    @router.post("/erase", openapi_extra=refusals.OF_ERASURES)
    def erase_workspace(ws: str, body: Erasing, principal: Principal = super_admin) -> ErasedBody:
        """Destroy the key of a workspace's personal data. Names and addresses become unreadable for
        good; amounts, counts and the chain stay. Nothing may be paid for any more."""
        if body.workspace != ws:
            message = "It is not the workspace of the address. Nothing was erased."
            raise ValidationFailed(message, fields=[{"field": "workspace", "message": message}])
        first = billing.erase_workspace(ws, principal.cause())
        return ErasedBody(workspace_id=ws, erased_before=not first)

    return router
