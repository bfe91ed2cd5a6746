"""What the hosted pages have in common: how they are rendered, posted forms, failed look-ups."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Protocol
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from fastapi.routing import APIRoute

from gateways.port import GatewayRejected, ReferenceNotFound

LONGEST = 10_000


class Render(Protocol):
    """Makes a page of a template, in the product's own design."""

    def __call__(
        self, request: Request, template: str, status: int = 200, **shown: Any
    ) -> Response: ...


async def _fields(request: Request) -> dict[str, str]:
    """URL-encoded fields, the first value of each; what is too long or no text counts as empty."""
    raw = await request.body()
    text = raw[:LONGEST].decode("utf-8", "replace")
    return {name: values[0] for name, values in parse_qs(text).items()}


Fields = Annotated[dict[str, str], Depends(_fields)]


def see_other(url: str) -> Response:
    return RedirectResponse(url, status_code=303, headers={"Cache-Control": "no-store"})


def hosted_router(render: Render) -> APIRouter:
    """Customers see what is wrong on a page, not in JSON."""

    class HostedRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handler = super().get_route_handler()

            async def answer(request: Request) -> Response:
                try:
                    return await handler(request)
                except ReferenceNotFound:
                    return render(request, "sandbox/problem.html", 404, text="")
                except GatewayRejected as refused:
                    return render(request, "sandbox/problem.html", 409, text=refused.text)

            return answer

    return APIRouter(prefix="/sandbox", include_in_schema=False, route_class=HostedRoute)
