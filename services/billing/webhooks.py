"""Where the gateways post: verified on the raw bytes, stored once, answered at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Literal

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Path, Request
from pydantic import BaseModel

from gateways.port import GatewayNotConfigured, InvalidSignature
from kernel.errors import NotFound
from runtime.web.openapi import means, refuses
from services.billing.application.receive_webhook import ReceiveWebhook

# Of their own: whoever forges webhooks takes none of those that commands need.
THREADS = 8
GatewayName = Annotated[
    str,
    Path(pattern=r"^[a-z][a-z0-9_]{0,31}$", description="Who posts.", examples=["stripe"]),
]
NOTIFICATION = {
    "requestBody": {
        "required": True,
        "description": "The gateway's own notification, signed as it signs.",
        "content": {
            "application/json": {
                "schema": {"type": "object"},
                "example": {"id": "evt_1N8Zq2", "type": "invoice.paid"},
            }
        },
    }
}


class Receipt(BaseModel):
    """It is stored; what it leads to is done later."""

    status: Annotated[
        Literal["accepted", "duplicate"],
        means("`duplicate`: it had been stored before.", "accepted"),
    ]


def webhook_routes(receive: ReceiveWebhook, wake: Callable[[], None]) -> APIRouter:
    """`wake` tells the reader that there is something new."""
    router = APIRouter(tags=["webhooks"])
    threads = CapacityLimiter(THREADS)

    @router.post("/webhooks/{gateway}", openapi_extra={**refuses(InvalidSignature), **NOTIFICATION})
    async def receive_webhook(gateway: GatewayName, request: Request) -> Receipt:
        """Where a payment gateway posts. Stored once by the gateway's id of it."""
        raw = await request.body()
        headers = {name.lower(): value for name, value in request.headers.items()}
        is_new = await to_thread.run_sync(
            partial(_receive, receive, gateway, raw, headers), limiter=threads
        )
        if is_new:
            wake()
        return Receipt(status="accepted" if is_new else "duplicate")

    return router


def _receive(receive: ReceiveWebhook, gateway: str, raw: bytes, headers: dict[str, str]) -> bool:
    try:
        return receive(gateway, raw, headers)
    except GatewayNotConfigured:
        raise NotFound("No such gateway.", gateway=gateway) from None
    except (ValueError, KeyError, TypeError) as error:
        # Signed, and yet nothing that the gateway documents.
        raise InvalidSignature("The webhook can't be read.") from error
