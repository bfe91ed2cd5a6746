"""A parked notification is read again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel

from runtime.eventstore.store import EventStore
from runtime.web.auth import Access, Principal
from runtime.web.commands import command_router
from runtime.web.openapi import means
from services.billing.application.retry_webhook import RetryWebhook
from services.billing.http.account_requests import GatewayName, Reference
from services.billing.http.refusals import OF_RETRIES


class Retry(BaseModel):
    """It will be read in a moment."""

    status: Annotated[Literal["received"], means("Always this.", "received")] = "received"


def retry_routes(
    retry: RetryWebhook, store: EventStore, wake: Callable[[], None], access: Access
) -> APIRouter:
    """`wake` tells the reader that there is something to read."""
    router = command_router(store, prefix="/v1/billing/webhooks", tags=["webhooks"])
    super_admin: Any = access.super_admin

    @router.post("/{gateway}/{id}/retry", openapi_extra=OF_RETRIES)
    def retry_webhook(
        gateway: GatewayName,
        id: Reference,  # noqa: A002
        principal: Principal = super_admin,
    ) -> Retry:
        """Read a parked notification again, from its first attempt."""
        retry(gateway, id, principal.cause())
        wake()
        return Retry()

    return router
