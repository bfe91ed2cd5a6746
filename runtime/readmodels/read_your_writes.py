"""`?after=<service>:<n>`: a request that waits until a consumer has applied what the caller did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from fastapi.security import HTTPAuthorizationCredentials

from runtime.readmodels.waiting import Waiting
from runtime.web.auth import Access, bearer

POSITION = r"^[a-z]+:[0-9]{1,18}$"
AFTER = "An `X-Event-Position` to wait for; without a token only looked for, once."


def named(position: str) -> tuple[str, int]:
    """Service and sequence of what matches `POSITION`; of nothing, no service."""
    service, _, sequence = position.partition(":")
    return service, int(sequence or 0)


def caught_up(access: Access, waiting: Waiting, consumer: str, services: Sequence[str]) -> Any:
    """A dependency that waits for `consumer`; see `Waiting` for what it raises. A service that the
    consumer does not follow is not waited for; without a token there is one look and no wait."""

    asked: str | None = Query(
        default=None,
        pattern=POSITION,
        description=AFTER,
        examples=[f"{services[0]}:42"],
        json_schema_extra={"x-services": list(services)},
    )

    async def wait(
        request: Request,
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
        after: str | None = asked,
    ) -> None:
        service, sequence = named(after or "")
        if service not in services:
            return
        if credentials is not None:
            access.caller(request, credentials)
        await waiting.until_applied(
            *(consumer, service, sequence, request.path_params.get("ws", "")),
            patient=credentials is not None,
        )

    return Depends(wait)
