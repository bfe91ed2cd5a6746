"""Where the gateways post: verified on the raw bytes, stored once, answered at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from gateways.port import GatewayNotConfigured, InvalidSignature
from kernel.errors import DomainError, NotFound
from services.billing.application.notifications import Notifications

LARGEST_BODY = 1_000_000
GatewayName = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,31}$")]


class PayloadTooLarge(DomainError):
    code = "payload_too_large"
    kind = "malformed"
    message = "No gateway posts that much."


class Receipt(BaseModel):
    status: Literal["accepted", "duplicate"]


def webhook_routes(notifications: Notifications, wake: Callable[[], None]) -> APIRouter:
    """`wake` tells the reader that there is something new."""
    router = APIRouter(tags=["webhooks"])

    @router.post("/webhooks/{gateway}")
    async def receive_webhook(gateway: GatewayName, request: Request) -> Receipt:
        raw = await _body(request)
        headers = {name.lower(): value for name, value in request.headers.items()}
        is_new = await run_in_threadpool(_receive, notifications, gateway, raw, headers)
        if is_new:
            wake()
        return Receipt(status="accepted" if is_new else "duplicate")

    return router


def _receive(
    notifications: Notifications, gateway: str, raw: bytes, headers: dict[str, str]
) -> bool:
    try:
        return notifications.receive(gateway, raw, headers)
    except GatewayNotConfigured:
        raise NotFound("No such gateway.", gateway=gateway) from None
    except (ValueError, KeyError, TypeError) as error:
        # Signed, and yet nothing that the gateway documents.
        raise InvalidSignature("The webhook can't be read.") from error


async def _body(request: Request) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > LARGEST_BODY:
            raise PayloadTooLarge
        chunks.append(chunk)
    return b"".join(chunks)
