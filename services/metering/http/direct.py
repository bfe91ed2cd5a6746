"""Routes that answer without the framework's dependency and serialisation machinery.

They are ordinary routes of the router and stand in the OpenAPI document with schemas made from the
very types that decode and encode their bodies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from inspect import getdoc
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from starlette.types import Receive, Scope, Send

from kernel.errors import DomainError
from runtime.web.direct import Direct, Endpoint
from runtime.web.errors import error_response
from runtime.web.idempotency import IdempotencyKeys
from runtime.web.openapi import refuses as refusals
from services.metering.application.catching_up import CatchingUp
from services.metering.http.callers import ROLE, Callers, position_of
from services.metering.http.described import (
    Answers,
    of_a_direct_route,
    quota_refusals,
    request_body,
    responses,
)


class DirectRoute(APIRoute):
    """The endpoint takes the `Request` and returns the `Response`."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in (self.methods or ()):
            await super().handle(scope, receive, send)
            return
        try:
            response: Response = await self.endpoint(Request(scope, receive))
        except DomainError as error:
            response = error_response(error)
        await response(scope, receive, send)


class DirectRouter(APIRouter):
    """`direct` are the routes that may be asked directly; here they are asked in the framework's
    way, which honours `Idempotency-Key` besides."""

    def __init__(
        self,
        prefix: str,
        tags: list[str | Enum],
        callers: Callers,
        keys: IdempotencyKeys,
        catching_up: CatchingUp,
    ) -> None:
        super().__init__(prefix=prefix, tags=tags)
        self.direct: list[Direct] = []
        self._callers = callers
        self._keys = keys
        self._catching_up = catching_up

    def add(
        self,
        method: str,
        path: str,
        endpoint: Endpoint,
        *,
        body: type | None = None,
        body_required: bool = True,
        answers: Answers,
        refuses: Sequence[type[DomainError]] = (),
        roles: Sequence[str] = (ROLE,),
    ) -> None:
        """The endpoint's name and docstring are those of the operation; `answers` gives the type of
        each successful body, `refuses` what it refuses besides what all do. One of `roles` is
        enough; the direct way is for services. Questions honour `?after=`."""
        prefix, full = f"{self.prefix}/", self.prefix + path
        self.direct.append(Direct(method, prefix, full, ROLE, endpoint))
        self.add_api_route(
            path,
            self._asked_by_request(endpoint, roles),
            methods=[method],
            route_class_override=DirectRoute,
            name=endpoint.__name__,
            description=getdoc(endpoint),
            status_code=min(answers),
            responses={**responses(answers), **quota_refusals(refuses)},
            openapi_extra={
                **of_a_direct_route(
                    method, full, roles, [*answers.values(), *([body] if body else [])]
                ),
                **request_body(body, required=body_required),
                **refusals(*refuses),
            },
        )

    def _asked_by_request(
        self, endpoint: Endpoint, roles: Sequence[str]
    ) -> Callable[[Request], Any]:
        async def ask(request: Request) -> Response:
            call = self._callers.call(request, roles)
            if request.method == "GET":
                await self._catching_up.until(*position_of(request), call.workspace)
            return await endpoint(call)

        replaying = self._keys.replaying(ask)

        async def answer(request: Request) -> Response:
            self._callers.call(
                request, roles
            )  # whoever is answered again has been authorised before
            return await replaying(request)

        return answer


def direct_routes(routers: Iterable[APIRouter]) -> list[Direct]:
    chosen = [router for router in routers if isinstance(router, DirectRouter)]
    return [route for router in chosen for route in router.direct]
