"""One origin in front of the parts, as an ingress is: forwards by the longest matching prefix, and
tells as one what each part says of itself."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
HOP_BY_HOP = {"host", "content-length", "connection", "transfer-encoding", "content-encoding"}
HEALTH = "/readyz"
ROUTES = "/openapi.json"


def proxy(origins: Mapping[str, str], health: Sequence[str]) -> Starlette:
    """`origins` by path prefix, `/` for all else; `health` lists all processes."""
    client = httpx.AsyncClient(timeout=60, trust_env=False, limits=httpx.Limits(max_connections=64))
    prefixes = sorted(origins, key=len, reverse=True)

    async def forward(request: Request) -> Response:
        path = request.url.path
        origin = next(origins[prefix] for prefix in prefixes if path.startswith(prefix))
        try:
            if path == HEALTH:
                return await _health(client, health)
            if path == ROUTES:
                return await _routes(client, sorted(set(origins.values())))
            return await _forwarded(client, request, origin)
        except httpx.TransportError as error:
            told = {"code": "bad_gateway", "message": type(error).__name__}
            return JSONResponse({"error": told}, 502)

    return Starlette(routes=[Route("/{path:path}", forward, methods=METHODS)])


async def _forwarded(client: httpx.AsyncClient, request: Request, origin: str) -> Response:
    query = f"?{request.url.query}" if request.url.query else ""
    headers = [(k, v) for k, v in request.headers.items() if k not in HOP_BY_HOP]
    answer = await client.request(
        request.method,
        f"{origin}{request.url.path}{query}",
        headers=headers,
        content=await request.body(),
    )
    kept = {k: v for k, v in answer.headers.items() if k not in HOP_BY_HOP}
    return Response(answer.content, answer.status_code, kept)


async def _told(client: httpx.AsyncClient, origins: Sequence[str], path: str) -> list[Any]:
    return [(await client.get(f"{origin}{path}")).json() for origin in origins]


async def _health(client: httpx.AsyncClient, origins: Sequence[str]) -> Response:
    told = await _told(client, origins, HEALTH)
    ready = all(each["ready"] for each in told)
    lag = {name: lag for each in told for name, lag in each["lag"].items()}
    return JSONResponse({"ready": ready, "lag": lag}, 200 if ready else 503)


async def _routes(client: httpx.AsyncClient, origins: Sequence[str]) -> Response:
    """What all parts serve, in one document."""
    told = await _told(client, origins, ROUTES)
    paths = {path: operations for each in told for path, operations in each["paths"].items()}
    return JSONResponse({**told[0], "paths": paths})


def main(port: str, *arguments: str) -> None:
    """`/prefix=origin` arguments forward, bare origins only tell their health."""
    named = dict(argument.split("=", 1) for argument in arguments if "=" in argument)
    bare = [argument for argument in arguments if "=" not in argument]
    uvicorn.run(proxy(named, bare), port=int(port), log_level="warning", access_log=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
