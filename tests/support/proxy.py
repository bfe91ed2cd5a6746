"""One origin in front of the parts, as an ingress is: forwards by the longest matching prefix."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
HOP_BY_HOP = {"host", "content-length", "connection", "transfer-encoding", "content-encoding"}
HEALTH = "/readyz"


def proxy(origins: Mapping[str, str], health: list[str]) -> Starlette:
    """`origins` by path prefix; `health` lists the processes whose /readyz are told as one."""
    client = httpx.AsyncClient(timeout=60, trust_env=False, limits=httpx.Limits(max_connections=64))
    prefixes = sorted(origins, key=len, reverse=True)

    async def forward(request: Request) -> Response:
        path = request.url.path
        if path == HEALTH:
            return await _health(client, health)
        origin = next((origins[prefix] for prefix in prefixes if path.startswith(prefix)), None)
        if origin is None:
            return JSONResponse({"error": {"code": "not_found", "message": path}}, 404)
        return await _forwarded(client, request, origin)

    return Starlette(routes=[Route("/{path:path}", forward, methods=METHODS)])


async def _forwarded(client: httpx.AsyncClient, request: Request, origin: str) -> Response:
    query = f"?{request.url.query}" if request.url.query else ""
    headers = [(k, v) for k, v in request.headers.items() if k not in HOP_BY_HOP]
    try:
        answer = await client.request(
            request.method,
            f"{origin}{request.url.path}{query}",
            headers=headers,
            content=await request.body(),
        )
    except httpx.TransportError as error:
        message = type(error).__name__
        return JSONResponse({"error": {"code": "bad_gateway", "message": message}}, 502)
    kept = {k: v for k, v in answer.headers.items() if k not in HOP_BY_HOP}
    return Response(answer.content, answer.status_code, kept)


async def _health(client: httpx.AsyncClient, origins: list[str]) -> Response:
    told = [(await client.get(f"{origin}{HEALTH}")).json() for origin in origins]
    ready = all(each["ready"] for each in told)
    lag = {name: lag for each in told for name, lag in each["lag"].items()}
    return JSONResponse({"ready": ready, "lag": lag}, 200 if ready else 503)


def main(port: str, *arguments: str) -> None:
    """`/prefix=origin` arguments forward, bare origins only tell their health."""
    named = dict(argument.split("=", 1) for argument in arguments if "=" in argument)
    bare = [argument for argument in arguments if "=" not in argument]
    uvicorn.run(proxy(named, bare), port=int(port), log_level="warning", access_log=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
