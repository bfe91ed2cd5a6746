"""Direct routes: asked with a `Call`, without the framework's routing, dependencies and bodies.

Two ways lead to each. `DirectRoutes` stands in front of the framework, recognises the usual request
and answers it. Every other one, whatever is odd about it, takes the framework's way to the same
endpoint, or is refused on it: what may not be is decided in one place.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from kernel.errors import DomainError
from kernel.ids import is_workspace_id
from runtime.eventstore.command import CommandTrace
from runtime.web.auth import Authenticator, Principal
from runtime.web.edge import Edge
from runtime.web.errors import error_response
from runtime.web.observability import request_id_header

# Answers depend on them: kept ones are given again, and a browser asks whose they may be.
ODD_HEADERS = frozenset((b"idempotency-key", b"origin"))
BEARER = b"Bearer "
LONGEST_ID = 255


@dataclass(slots=True)
class Call:
    """A request of a caller who may make it. `workspace` and `id` stand in its path, or are empty;
    `body` reads it, once."""

    principal: Principal
    workspace: str
    id: str
    accept: str
    body: Callable[[], Awaitable[bytes]]


Endpoint = Callable[[Call], Coroutine[Any, Any, Response]]
Headers = dict[bytes, bytes]
_Key = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Direct:
    """A route whose `path` begins with its service's `prefix`; every second part behind that is a
    parameter: a workspace, then an id. Callers need `role`."""

    method: str
    prefix: str
    path: str
    role: str
    endpoint: Endpoint

    @property
    def key(self) -> _Key:
        return _key(self.method, self.path.removeprefix(self.prefix).split("/"))


def _key(method: str, parts: list[str]) -> _Key:
    return (method, len(parts), *parts[::2])


class DirectRoutes:
    """ASGI app in front of `app`. Usual is a request with nothing encoded in its path, no query,
    each header once and within all bounds, and a token that was verified before and suffices.
    Nothing of an odd one is read."""

    def __init__(
        self, app: ASGIApp, routes: Sequence[Direct], authenticator: Authenticator, edge: Edge
    ) -> None:
        self._app = app
        self._authenticator = authenticator
        self._edge = edge
        self._prefixes = tuple({route.prefix for route in routes})
        self._routes = {route.key: route for route in routes}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = self._route(scope) if scope["type"] == "http" else None
        headers = dict(scope["headers"]) if route else {}
        call = self._call(route, scope, headers, receive) if route else None
        if route is None or call is None:
            await self._app(scope, receive, send)
            return
        started, records = time.perf_counter(), self._edge.records
        trace = records.begin(headers.get(b"x-request-id", b""))
        trace.caller, trace.workspace = call.principal.subject, call.workspace
        scope["route"], scope["path_params"] = route, {"ws": call.workspace}
        status = 500
        try:
            answer = await self._answer(route, call, scope, trace)
            status = answer.status_code
            await self._send(answer, trace, send)
        finally:
            records.end(scope, trace, status, time.perf_counter() - started)

    def _route(self, scope: Scope) -> Direct | None:
        path: str = scope["path"]
        for prefix in self._prefixes:
            if path.startswith(prefix):
                return self._routes.get(_key(scope["method"], path[len(prefix) :].split("/")))
        return None

    def _call(self, route: Direct, scope: Scope, headers: Headers, receive: Receive) -> Call | None:
        """None when something is odd."""
        once = len(headers) == len(scope["headers"]) and ODD_HEADERS.isdisjoint(headers)
        if not once or scope["query_string"] or scope.get("root_path") or b"%" in scope["raw_path"]:
            return None
        principal = self._caller(headers.get(b"authorization", b""), route.role)
        parts = scope["path"][len(route.prefix) :].split("/")
        workspace = parts[1] if len(parts) > 1 else ""
        given = parts[3] if len(parts) > 3 else ""
        if principal is None or (len(parts) > 1 and not is_workspace_id(workspace)):
            return None
        if len(parts) > 3 and not 1 <= len(given) <= LONGEST_ID:
            return None
        try:
            bounded = self._edge.bounds.bounded(scope, receive)
        except DomainError:
            return None
        accept = headers.get(b"accept", b"").decode("latin-1")
        return Call(principal, workspace, given, accept, partial(_body, bounded))

    def _caller(self, authorization: bytes, role: str) -> Principal | None:
        if not authorization.startswith(BEARER):
            return None
        known = self._authenticator.remembered(authorization[len(BEARER) :].decode("latin-1"))
        return known if known is not None and role in known.roles else None

    async def _answer(
        self, route: Direct, call: Call, scope: Scope, trace: CommandTrace
    ) -> Response:
        try:
            return await route.endpoint(call)
        except DomainError as error:
            return error_response(error)
        except Exception as error:
            return self._edge.records.failed(error, scope, trace)

    async def _send(self, answer: Response, trace: CommandTrace, send: Send) -> None:
        headers = [*answer.raw_headers, request_id_header(trace)]
        await send(
            {
                "type": "http.response.start",
                "status": answer.status_code,
                "headers": self._edge.defaults.completed(headers),
            }
        )
        await send({"type": "http.response.body", "body": answer.body})


async def _body(receive: Receive) -> bytes:
    """Raises ClientDisconnect where it ends before it is complete."""
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)
