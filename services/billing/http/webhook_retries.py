"""A parked notification is read again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel

from kernel.errors import NotFound
from runtime.messaging.inbox import Inbox
from runtime.web.auth import Access
from runtime.web.authorised import AuthorisedRoute
from services.billing.domain.errors import WebhookNotParked
from services.billing.http.account_requests import GatewayName, Reference


class Retry(BaseModel):
    status: Literal["received"] = "received"


def retry_routes(inbox: Inbox, wake: Callable[[], None], access: Access) -> APIRouter:
    """`wake` tells the reader that there is something to read."""
    router = APIRouter(
        prefix="/v1/billing/webhooks", tags=["webhooks"], route_class=AuthorisedRoute
    )
    super_admin: Any = access.super_admin

    @router.post("/{gateway}/{id}/retry", dependencies=[super_admin])
    def retry_webhook(gateway: GatewayName, id: Reference) -> Retry:  # noqa: A002
        """From its first attempt."""
        if not inbox.reopen(gateway, id):
            state = inbox.state(gateway, id)
            if state is None:
                raise NotFound("No such webhook.")
            raise WebhookNotParked(state=state)
        wake()
        return Retry()

    return router
