"""Routes that answer without the framework's dependency and serialisation machinery.

They are ordinary routes of the router and stand in the OpenAPI document with schemas made from the
very types that decode and encode their bodies.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from starlette.types import Receive, Scope, Send

from kernel.errors import DomainError
from kernel.text import LINE
from runtime.web.direct import Direct, Endpoint
from runtime.web.errors import error_response
from runtime.web.idempotency import IdempotencyKeys
from services.metering.http.callers import ROLE, Callers

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
    """`direct` are the routes that may be asked directly; here they are asked in the framework's
    way, which honours `Idempotency-Key` besides."""

    def __init__(
        self, prefix: str, tags: list[str | Enum], callers: Callers, keys: IdempotencyKeys
    ) -> None:
        super().__init__(prefix=prefix, tags=tags)
        self.direct: list[Direct] = []
        self._callers = callers
        self._keys = keys

    def add(
        self,
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
        prefix, full = f"{self.prefix}/", self.prefix + path
        self.direct.append(Direct(method, prefix, full, ROLE, endpoint))
        extra: dict[str, Any] = {
            "parameters": _parameters(full),
            "security": [{"HTTPBearer": []}],
        }
        if body is not None:
            extra["requestBody"] = {"required": body_required, "content": _json(schema_of(body))}
        self.add_api_route(
            path,
            self._asked_by_request(endpoint),
            methods=[method],
            route_class_override=DirectRoute,
            name=summary,
            summary=summary,
            status_code=min(answers),
            responses={
                status: _response(status, answer)
                for status, answer in {**_ERRORS, **answers}.items()
            },
            openapi_extra=extra,
        )

    def _asked_by_request(self, endpoint: Endpoint) -> Callable[[Request], Any]:
        async def ask(request: Request) -> Response:
            return await endpoint(self._callers.call(request))

        replaying = self._keys.replaying(ask)

        async def answer(request: Request) -> Response:
            self._callers.call(request)  # whoever is answered again has been authorised before
            return await replaying(request)

        return answer


def direct_routes(routers: Iterable[APIRouter]) -> list[Direct]:
    chosen = [router for router in routers if isinstance(router, DirectRouter)]
    return [route for router in chosen for route in router.direct]


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
