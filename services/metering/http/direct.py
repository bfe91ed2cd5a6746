"""Routes that answer without the framework's dependency and serialisation machinery.

They are ordinary routes of the router and stand in the OpenAPI document with schemas made from the
very types that decode and encode their bodies.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from starlette.types import Receive, Scope, Send

from kernel.errors import DomainError
from runtime.http import error_response
from runtime.idempotency import IdempotencyKeys
from services.metering.http.callers import header

Endpoint = Callable[[Request], Coroutine[Any, Any, Response]]
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


def add_direct_route(
    router: APIRouter,
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
        responses={status: _response(answer) for status, answer in {**_ERRORS, **answers}.items()},
        openapi_extra=extra,
    )


def replayed(endpoint: Endpoint, keys: IdempotencyKeys) -> Endpoint:
    """Honours `Idempotency-Key`; only a request that carries one pays for it."""
    replaying = keys.replaying(endpoint)

    async def answer(request: Request) -> Response:
        if header(request, b"idempotency-key") is None:
            return await endpoint(request)
        return await replaying(request)

    return answer


def _response(answer: type | str) -> dict[str, Any]:
    if isinstance(answer, str):
        return {"description": answer, "content": _json(ERROR_SCHEMA)}
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
            "schema": {"type": "string"},
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
