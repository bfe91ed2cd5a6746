"""Routes that answer without the framework's dependency and serialisation machinery.

They are ordinary routes of the router and stand in the OpenAPI document with schemas made from the
very types that decode and encode their bodies.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine, Mapping
from enum import Enum
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from kernel.errors import DomainError
from kernel.text import LINE
from runtime.web.errors import error_response
from runtime.web.idempotency import IdempotencyKeys
from services.metering.http.callers import Callers, header

Endpoint = Callable[[Request], Coroutine[Any, Any, Response]]
_Found = tuple[APIRoute, dict[str, str]]
_FOUND = "metering.direct_route"
_PARAMETER = re.compile(r"{(\w+)(?::\w+)?}")
_NAMES = {"ws": "workspace id", "id": "the caller's id of the conversation"}
ERROR_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string"},
                "details": {"type": "object"},
            },
        }
    },
}
FAILED = {422: "The request can't be read.", 503: "Nothing was accepted. Try again."}
_ERRORS = {
    401: "No valid token.",
    403: "Not a service's token.",
}


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
    """Finds the direct routes of a workspace without trying one pattern after the other; whatever
    it does not find takes the ordinary way."""

    def __init__(self, prefix: str, tags: list[str | Enum]) -> None:
        super().__init__(prefix=prefix, tags=tags)
        self._workspaces = f"{prefix}/workspaces/"
        self._of_workspace: dict[tuple[str, str], APIRoute] = {}

    def remember(self, method: str, path: str) -> None:
        """The route that was added last, if only a workspace varies in its path."""
        start, _, action = path.partition("/workspaces/{ws}/")
        route = self.routes[-1]
        if not start and "{" not in action and isinstance(route, APIRoute):
            self._of_workspace[method, action] = route

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        found = self._find(scope)
        if found is None:
            return super().matches(scope)
        scope[_FOUND] = found
        return Match.FULL, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        found: _Found | None = scope.pop(_FOUND, None)
        if found is None:
            await super().handle(scope, receive, send)
            return
        scope["route"], scope["path_params"] = found
        await found[0].handle(scope, receive, send)

    def _find(self, scope: Scope) -> _Found | None:
        path: str = scope["path"]
        if not path.startswith(self._workspaces) or scope.get("root_path"):
            return None
        workspace, _, action = path[len(self._workspaces) :].partition("/")
        route = self._of_workspace.get((scope["method"], action))
        return None if route is None or not workspace else (route, {"ws": workspace})


def add_direct_route(
    router: DirectRouter,
    method: str,
    path: str,
    endpoint: Endpoint,
    *,
    summary: str,
    body: type | None = None,
    body_required: bool = True,
    answers: Mapping[int, type | str],
) -> None:
    """`answers` gives the type of each successful body, or what a refusal means."""
    extra: dict[str, Any] = {
        "parameters": _parameters(router.prefix + path),
        "security": [{"HTTPBearer": []}],
    }
    if body is not None:
        extra["requestBody"] = {"required": body_required, "content": _json(schema_of(body))}
    router.add_api_route(
        path,
        endpoint,
        methods=[method],
        route_class_override=DirectRoute,
        name=summary,
        summary=summary,
        status_code=min(answers),
        responses={
            status: _response(status, answer) for status, answer in {**_ERRORS, **answers}.items()
        },
        openapi_extra=extra,
    )
    router.remember(method, path)


def replayed(endpoint: Endpoint, keys: IdempotencyKeys, callers: Callers) -> Endpoint:
    """Honours `Idempotency-Key`; only a request that carries one pays for it."""
    replaying = keys.replaying(endpoint)

    async def answer(request: Request) -> Response:
        if header(request, b"idempotency-key") is None:
            return await endpoint(request)
        callers.service(request)
        return await replaying(request)

    return answer


def _response(status: int, answer: type | str) -> dict[str, Any]:
    if isinstance(answer, str):
        stream = {"text/event-stream": {"schema": {"type": "string"}}} if status == 429 else {}
        return {"description": answer, "content": {**_json(ERROR_SCHEMA), **stream}}
    return {"description": "Done.", "content": _json(schema_of(answer))}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _parameters(path: str) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": _NAMES[name],
            "schema": {"type": "string", "pattern": LINE},
        }
        for name in _PARAMETER.findall(path)
    ]


def schema_of(kind: type) -> dict[str, Any]:
    """JSON Schema with every reference resolved in place."""
    schema = msgspec.json.schema(kind)
    definitions = schema.pop("$defs", {})

    def resolved(node: Any) -> Any:
        if isinstance(node, dict):
            if "$ref" in node:
                return resolved(definitions[node["$ref"].rpartition("/")[2]])
            return {key: resolved(value) for key, value in node.items()}
        return [resolved(item) for item in node] if isinstance(node, list) else node

    found: dict[str, Any] = resolved(schema)
    return found
