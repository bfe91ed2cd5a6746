"""The order of a request: who calls, may they, and only then what they sent."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from runtime.web.auth import Rule, bearer
from runtime.web.json_body import check_json

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class AuthorisedRoute(APIRoute):
    """For routers of routes that read a body. FastAPI itself reads it first of all."""

    def get_route_handler(self) -> Handler:
        return authorised(self, super().get_route_handler())


def authorised(route: APIRoute, handler: Handler) -> Handler:
    """Asks the rules among the route's dependencies, then reads and checks the body."""
    rules = list(_rules(route.dependant))

    async def handle(request: Request) -> Response:
        for rule in rules:
            await rule(request, await bearer(request))
        if route.body_field is not None:
            check_json(await request.body())
        return await handler(request)

    return handle


def _rules(dependant: Dependant) -> Iterator[Rule]:
    for dependency in dependant.dependencies:
        if isinstance(dependency.call, Rule):
            yield dependency.call
        yield from _rules(dependency)
