"""Routes of commands: authorised before anything of them is read, answered with their position."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from runtime.eventstore.command import current_trace
from runtime.eventstore.store import EventStore
from runtime.web.authorised import Handler, authorised
from runtime.web.idempotency import IdempotencyKeys
from runtime.web.openapi.refusals import commands

# For commands that hand it on. It was checked before, and the document has it for all of them.
SentKey = Annotated[str, Header(alias="Idempotency-Key", include_in_schema=False)]


def command_router(
    store: EventStore | None, keys: IdempotencyKeys | None = None, **options: Any
) -> APIRouter:
    """A router whose commands answer with `X-Event-Position: <service>:<n>` where they have a
    store, and, given `keys`, honour `Idempotency-Key` on POST."""

    class CommandRoute(APIRoute):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            if self.methods != {"GET"}:
                takes_keys = keys is not None and self.methods == {"POST"}
                told = commands(keys=takes_keys, position=store is not None)
                self.openapi_extra = {**(self.openapi_extra or {}), **told}

        def get_route_handler(self) -> Handler:
            handler = super().get_route_handler()
            if store is not None:
                handler = _announcing(handler, store)
            return authorised(self, keys.replaying(handler) if keys is not None else handler)

    return APIRouter(route_class=CommandRoute, **options)


def _announcing(handler: Handler, store: EventStore) -> Handler:
    async def announce(request: Request) -> Response:
        response = await handler(request)
        if request.method != "GET":
            trace = current_trace()
            position = trace.positions.get(store.service) if trace else None
            if position is None:
                position = await run_in_threadpool(store.head)
            response.headers["X-Event-Position"] = f"{store.service}:{position}"
        return response

    return announce
